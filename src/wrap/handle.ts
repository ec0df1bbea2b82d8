import type { Statistics } from '../account/statistics.ts';
import { checkFunction, checkOneOf } from '../check.ts';
import type { ListenerBoard, TelltaleEvents } from './listener-board.ts';

/** What an observed client can be asked. Clients made by `withOptions` share it. */
export interface TelltaleHandle {
  /** Figures of all calls so far: outcomes, attempts, percentiles, tokens and cost, in all and by model. */
  stats(): Statistics;
  /** Calls that have started and not ended. */
  openCalls(): number;
  /**
   * Listens to ended calls, attempts or backoffs. A listener that throws is reported once and never reaches the call.
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
  open: { readonly count: number },
): TelltaleHandle {
  return {
    stats: () => statistics.snapshot(),
    openCalls: () => open.count,
    on: (name, listener) => {
      checkOneOf('event', name, ['call', 'attempt', 'backoff']);
      checkFunction('listener', listener);
      return board.on(name, listener);
    },
  };
}
