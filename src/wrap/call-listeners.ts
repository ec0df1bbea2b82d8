import type { Attempt, Call } from '../call.ts';
import type { CallObserver } from '../observer.ts';
import { type Core, listenersOf } from './core.ts';
import { withinAll } from './within-all.ts';

/** The events that carry one thing and only tell of it. */
type Notice = Exclude<
  keyof CallObserver,
  'within' | 'requestSending' | 'chunkRead' | 'wantsContent' | 'contentRecorded'
>;

/** Those who listen to one call. None of them can fail it. */
export class CallListeners {
  readonly all: readonly CallObserver[];
  readonly #core: Core;
  #ofChunks: readonly CallObserver[] | undefined;

  constructor(core: Core, call: Call) {
    this.#core = core;
    this.all = listenersOf(core, call);
  }

  /** Runs `send`, once, in the context that they want for the attempt. */
  within<T>(attempt: Attempt, send: () => Promise<T>): Promise<T> {
    for (const listener of this.all) {
      if (listener.within) return withinAll(this.all, attempt, send, this.#core.report);
    }
    return send();
  }

  /** Lets them add headers. */
  sending(attempt: Attempt, headers: Headers): void {
    for (const listener of this.all) {
      try {
        listener.requestSending?.(attempt, headers);
      } catch (fault) {
        this.#core.report('Adding trace headers', fault);
      }
    }
  }

  chunkRead(call: Call, gapMs: number): void {
    // Looked for once, because a stream may have thousands of chunks.
    this.#ofChunks ??= this.all.filter((listener) => listener.chunkRead !== undefined);
    for (const listener of this.#ofChunks) {
      try {
        listener.chunkRead?.(call, gapMs);
      } catch (fault) {
        this.#core.report('An observer', fault);
      }
    }
  }

  notify<N extends Notice>(notice: N, subject: Parameters<NonNullable<CallObserver[N]>>[0]): void {
    for (const listener of this.all) {
      try {
        (listener[notice] as ((subject: unknown) => void) | undefined)?.call(listener, subject);
      } catch (fault) {
        this.#core.report('An observer', fault);
      }
    }
  }
}
