import type { K6Book } from '../books/k6.ts';
import { callIdOf } from '../k6/call-id.ts';
import type { Generator, Spread } from './model.ts';
import { spreadOf } from './spread.ts';

/** The load that k6 was asked for: its scenarios, each at a constant rate. */
export interface Asked {
  readonly seed: number;
  /** By the name that makes the id of the first call of an iteration. */
  readonly scenarios: readonly { readonly name: string; readonly perSecond: number }[];
  /** Whether an iteration makes further calls, which ask how far a job is. */
  readonly arePolled?: boolean;
}

/** Whether k6 kept to the load, over the time that was measured. */
export function generatorOf(book: K6Book, asked: Asked, measuredMs: number): Generator {
  const seconds = measuredMs / 1_000;
  const askedPerSecond = asked.scenarios.reduce((sum, { perSecond }) => sum + perSecond, 0);
  const offered = asked.arePolled ? begunIterations(book, asked) : book.calls.length;
  const lag = lagOf(book, asked, measuredMs);
  const { summary } = book;
  return {
    askedPerSecond,
    offeredPerSecond: seconds === 0 ? 0 : offered / seconds,
    asked: Math.round(askedPerSecond * seconds),
    offered,
    ...(asked.arePolled && { polls: book.calls.length - offered }),
    ...(summary && { dropped: summary.dropped }),
    ...(lag && { lag }),
    ...(summary?.users && { users: summary.users }),
  };
}

/** Iterations whose first call is in the book. */
function begunIterations({ calls }: K6Book, { seed, scenarios }: Asked): number {
  const first = new Set(
    scenarios.flatMap(({ name, perSecond }) =>
      perSecond === 0 ? [] : calls.map((_, iteration) => callIdOf(seed, name, iteration)),
    ),
  );
  return calls.filter(({ callId }) => first.has(callId)).length;
}

/**
 * Iteration `i` of a scenario is due `i` intervals after its first, and a call's id tells which it is. A dropped iteration
 * has no number, so that those after it would seem early: then the lag is not known.
 */
function lagOf(book: K6Book, { seed, scenarios }: Asked, measuredMs: number): Spread | undefined {
  if ((book.summary?.dropped ?? 0) > 0) return undefined;
  const startedMs = new Map(book.calls.map((call) => [call.callId, call.startedMs]));
  const lags = scenarios.flatMap(({ name, perSecond }) => {
    const everyMs = 1_000 / perSecond;
    const due = Array.from({ length: Math.ceil(measuredMs / everyMs) }, (_, iteration) => {
      const began = startedMs.get(callIdOf(seed, name, iteration));
      return began === undefined ? [] : [began - iteration * everyMs];
    }).flat();
    // k6's own start is not its lag: the iteration that was soonest is taken to have been on time.
    const soonest = due.reduce((least, lag) => Math.min(least, lag), Number.POSITIVE_INFINITY);
    return due.map((lag) => lag - soonest);
  });
  return spreadOf(lags);
}
