import { type BodyEnd, type BodyListener, watchBody } from '../send/body-watch.ts';
import { UsageFilter } from '../send/usage-filter.ts';
import type { CallRun } from './call-run.ts';
import { ContentBody } from './content-body.ts';
import type { Core } from './core.ts';
import { type Doors, majorOf, type ResponseProps } from './doors.ts';
import { watchWhenTaken } from './late-watch.ts';
import { StreamBody } from './stream-body.ts';
import { WholeBody } from './whole-body.ts';

/**
 * Listens to the body of a good answer until the call's end. `hideUsage` takes the usage chunk out again.
 *
 * @returns what the client gets in the place of `props`
 */
export function readBody(
  core: Core,
  run: CallRun,
  props: ResponseProps,
  client: Doors,
  hideUsage: boolean,
): ResponseProps {
  const { response } = props;
  const major = majorOf(client);
  // No stream can be read from it, and the client throws at whoever tries.
  if (run.call.request.streamed && !response.body) {
    run.end('error', 'malformed_response');
    return props;
  }
  // An answer that cannot be watched tells nothing more.
  if (response.body === null || response.status === 204 || !Object.isExtensible(response)) {
    run.end('ok');
    return props;
  }
  const classes = client.constructor;
  if (run.call.request.streamed) {
    // Whoever proxies a stream keeps the body and lets the response go; whoever keeps the response keeps its body.
    const stream = response.body;
    const body = new StreamBody(run, props, classes, hideUsage, major);
    const heard = run.content ? new ContentBody(run.content, body, major) : body;
    const guarded = new GuardedBody(core, run, heard);
    watchBody(response, guarded, hideUsage ? new UsageFilter() : undefined);
    run.awaitBody(stream);
    if (run.signal) endOnAbort(run, run.signal, props.controller.signal, guarded);
    return props;
  }
  // A JSON body is read at once or never; only a stream is held for long and dropped unread in ordinary use.
  run.awaitBody(undefined);
  const watch = (): void =>
    watchBody(response, new GuardedBody(core, run, new WholeBody(run, props, classes, major)), undefined);
  if (major === 7) return watchWhenTaken(props, run, watch);
  watch();
  if (response.headers?.get('content-length') === '0') endUnread(core, run, response);
  return props;
}

/**
 * A caller who aborts while nobody reads leaves no other trace. It is heard at the signal of the request, which
 * aborts with the caller's own: that one may outlive many calls and gets no listener.
 */
function endOnAbort(run: CallRun, own: AbortSignal, ofRequest: AbortSignal, body: BodyListener): void {
  const aborted = (): void => {
    // The client aborts its request too when it has had enough of a stream, and then ends it in its own way.
    if (own.aborted) body.end({ kind: 'cancelled' });
  };
  ofRequest.addEventListener('abort', aborted);
  run.atEnd = () => ofRequest.removeEventListener('abort', aborted);
  aborted();
}

/** openai 6.49 does not read a JSON body of no bytes; one that is read all the same ends its call itself. */
function endUnread(core: Core, run: CallRun, response: Response): void {
  const task = (): void => {
    if (!run.parsing && !response.bodyUsed) run.end('ok');
  };
  core.clock.schedule(task, 0, 'work');
}

/** Our own reading must not throw into the reader of the body, and a body has one end. */
class GuardedBody implements BodyListener {
  readonly #core: Core;
  readonly #run: CallRun;
  readonly #body: BodyListener;
  #over = false;

  constructor(core: Core, run: CallRun, body: BodyListener) {
    this.#core = core;
    this.#run = run;
    this.#body = body;
  }

  /** As `#tell` does, without a function for it: this is done for every piece of a stream. */
  bytes(piece: Uint8Array): void {
    if (this.#over || this.#run.ended) return;
    try {
      this.#run.touchBody();
      this.#body.bytes(piece);
    } catch (fault) {
      this.#core.report(readingAnswer, fault);
    }
  }

  text(text: string): void {
    this.#tell(() => {
      this.#run.touchBody();
      this.#body.text(text);
    });
  }

  json(value: unknown): void {
    this.#tell(() => this.#body.json(value));
  }

  end(end: BodyEnd): void {
    this.#tell(() => {
      // While openai 7 may still ask again, the end of a body is not the end of the call.
      this.#over = !this.#run.parsing;
      this.#body.end(end);
    });
  }

  #tell(work: () => void): void {
    if (this.#over || this.#run.ended) return;
    try {
      work();
    } catch (fault) {
      this.#core.report(readingAnswer, fault);
    }
  }
}

const readingAnswer = 'Reading an answer';
