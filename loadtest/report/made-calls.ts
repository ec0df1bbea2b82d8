import type { CallEntries } from '../books/join.ts';
import type { K6Call } from '../k6/record.ts';

/** A call that k6 made, with what the other books say of it. */
export interface MadeCall {
  readonly seen: K6Call;
  readonly entries: CallEntries;
}

/** The calls in k6's book, in the order in which they began. */
export function madeCalls(byCall: ReadonlyMap<string, CallEntries>): MadeCall[] {
  return [...byCall.values()]
    .flatMap((entries) => entries.k6.slice(0, 1).map((seen) => ({ seen, entries })))
    .sort((a, b) => a.seen.startedMs - b.seen.startedMs);
}
