import type { Statistics } from '../account/statistics.ts';
import type { Limiter, LimiterStats } from '../admit/limiter.ts';
import { checkFunction, checkNumber, checkObject, checkOneOf } from '../check.ts';
import type { ListenerBoard, TelltaleEvents } from './listener-board.ts';

/** What an observed client can be asked. Clients made by `withOptions` share it. */
export interface TelltaleHandle {
  /** Figures of all calls so far: outcomes, attempts, percentiles, tokens and cost, in all and by model. */
  stats(): Statistics;
  /** Figures of the limiter: who waits, how long, what was refused, and how full each limit is. Undefined without limits. */
  limits(): LimiterStats | undefined;
  /** Calls that have started and not ended. */
  openCalls(): number;
  /**
   * Waits until no call is open, and tells of those that are still open after `waitMs` as `abandoned` with the error
   * type `flushed`. The calls themselves are not touched. Call it before an OpenTelemetry SDK of your own is shut down,
   * so that calls in flight are in what it exports; `start()` of `telltale/node` does so when the process ends.
   *
   * @param options.waitMs milliseconds to wait for open calls; at least 0. @default 0
   * @returns how many calls were still open
   * @throws TelltaleError `invalid_option`
   *
   * @example
   * ```ts
   * await telltale(openai).flush({ waitMs: 5_000 });
   * await sdk.shutdown();
   * ```
   */
  flush(options?: { readonly waitMs?: number }): Promise<number>;
  /**
   * Listens to ended calls, attempts, backoffs and waits for limits, and to alerts. A listener that throws is reported once and never reaches the call.
   *
   * @returns the function that takes the listener off again
   * @throws TelltaleError `invalid_option` for an unknown event
   *
   * @example
   * ```ts
   * const off = telltale(openai).on('call', (call) => console.log(call.outcome, call.costUsd));
   * ```
   */
  on<Name extends keyof TelltaleEvents>(
    name: Name,
    listener: (event: TelltaleEvents[Name]) => void,
  ): () => void;
}

export function createHandle(
  statistics: { snapshot(): Statistics },
  board: ListenerBoard,
  open: { readonly count: number; flush(waitMs: number): Promise<number> },
  limiter: Limiter | undefined,
): TelltaleHandle {
  return {
    stats: () => statistics.snapshot(),
    limits: () => limiter?.stats(),
    openCalls: () => open.count,
    flush: async (options = {}) => {
      const { waitMs = 0 } = checkObject('options', options, ['waitMs']);
      return await open.flush(checkNumber('options.waitMs', waitMs, { min: 0 }));
    },
    on: (name, listener) => {
      checkOneOf('event', name, ['call', 'attempt', 'backoff', 'throttle', 'alert']);
      checkFunction('listener', listener);
      return board.on(name, listener);
    },
  };
}
