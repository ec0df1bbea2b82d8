import { createTag } from '../tag.ts';
import type { CallRun } from './call-run.ts';
import type { ResponseProps } from './doors.ts';

/** An answer that nobody listens to yet. */
interface Unwatched {
  readonly run: CallRun;
  response: Response;
  /** Undefined once it was called. */
  watch: (() => void) | undefined;
}

const unwatched = createTag<Unwatched>();

/**
 * openai 7 reads nearly every JSON answer itself and tells what it read (`parseResponseWithTimeout`), so there is
 * nothing to listen to, and listening has its price. Only somebody who takes the response out of `props` at another
 * time reads it in a way of their own (`asResponse`, a page of a list): `watch` is called just before they get it.
 */
export function watchWhenTaken(props: ResponseProps, run: CallRun, watch: () => void): void {
  unwatched.set(props, { run, response: props.response, watch });
  Object.defineProperty(props, 'response', property);
}

/** The call whose answer these are, where it was handed to `watchWhenTaken`. */
export function runOfProps(props: ResponseProps): CallRun | undefined {
  return unwatched.get(props)?.run;
}

/** One for all, because an object is fast only as long as it has the same accessors as others of its kind. */
const property: PropertyDescriptor & ThisType<ResponseProps> = {
  configurable: true,
  enumerable: true,
  get() {
    const answer = unwatched.get(this);
    if (answer?.watch && !answer.run.parsing) {
      const { watch } = answer;
      answer.watch = undefined;
      if (!answer.run.ended) watch();
    }
    return answer?.response;
  },
  // openai 7 puts the next answer into the same props when it asks again.
  set(response: Response) {
    const answer = unwatched.get(this);
    if (answer) answer.response = response;
  },
};
