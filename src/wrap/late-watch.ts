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

/**
 * openai 7 reads nearly every JSON answer itself and tells what it read (`parseResponseWithTimeout`), so there is
 * nothing to listen to, and listening has its price. Only somebody who takes the response out of `props` at another
 * time reads it in a way of their own (`asResponse`, a page of a list): `watch` is called just before they get it.
 *
 * @returns what to hand on in the place of `props`: the same, with a `response` that notices when it is taken
 */
export function watchWhenTaken(props: ResponseProps, run: CallRun, watch: () => void): ResponseProps {
  const { response } = props;
  return new WatchedProps({ run, response, watch }, props) as object as ResponseProps;
}

/** By the controller of its attempt, the call whose response was taken: by somebody who may hand on a copy of `props`. */
const taken = createTag<CallRun>();

/** The call whose answer these are, or a copy of which, where they come from `watchWhenTaken`. */
export function runOfProps(props: ResponseProps): CallRun | undefined {
  const answer = WatchedProps.answerOf(props);
  return answer ? answer.run : props.controller && taken.get(props.controller);
}

/** An object of its own: to turn a property of an object that is there already into an accessor makes that object slow. */
class WatchedProps {
  readonly #answer: Unwatched;

  constructor(answer: Unwatched, props: ResponseProps) {
    this.#answer = answer;
    Object.defineProperty(this, 'response', property);
    const own = this as unknown as Record<string, unknown>;
    for (const name in props) if (name !== 'response') own[name] = props[name as keyof ResponseProps];
  }

  static answerOf(props: object): Unwatched | undefined {
    return #answer in props ? (props as WatchedProps).#answer : undefined;
  }
}

/** Its own and enumerable, as in what openai makes; one for all, because objects are alike only with the same accessors. */
const property: PropertyDescriptor & ThisType<object> = {
  configurable: true,
  enumerable: true,
  get() {
    const answer = WatchedProps.answerOf(this);
    if (answer?.watch && !answer.run.parsing) {
      const { watch } = answer;
      answer.watch = undefined;
      taken.set((this as ResponseProps).controller, answer.run);
      if (!answer.run.ended) watch();
    }
    return answer?.response;
  },
  // openai 7 puts the next answer into the same props when it asks again.
  set(response: Response) {
    const answer = WatchedProps.answerOf(this);
    if (answer) answer.response = response;
  },
};
