import type { JoinedBooks } from '../books/join.ts';
import type { K6Call } from '../k6/record.ts';
import type { RunReport } from '../report/model.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import { rowsOf } from './rows.ts';
import type { Judgement, Load, RunFacts, Scenario, Sides } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** Of a call that the wrapper is on, with all of its telemetry, beside the same call on the bare client: the median. */
const mostAddedMs = 10;
/** Of either turn, in which a new process warms up. */
const warmUpShare = 1 / 4;
const settled = 'phase:calm,settled:yes';

/** Nothing goes wrong, and no bare client is put beside it. */
export const calm: Scenario = {
  says: 'nothing goes wrong: `baseline` without the bare client’s turn',
  phases: await shippedPhases('baseline'),
  thresholds: () => ({
    [`call_duration{${settled},kind:json}`]: ['p(95)<600'],
    [`first_chunk{${settled},kind:stream}`]: ['p(95)<300'],
  }),
};

export const baseline: Scenario = {
  ...calm,
  says: 'nothing goes wrong, first on the bare client: what the wrapper adds',
  judge,
  compare,
};

/** The provider takes as long for a call on either side, so each call is compared with itself. */
function judge(books: JoinedBooks, load: Load, { bare }: RunFacts): Judgement {
  if (!bare) return { invariants: [], conditions: [] };
  const added = addedMs({ bare, wrapped: books }, load);
  const median = percentile(added, 0.5);
  return {
    invariants: [],
    conditions: [
      condition(
        'added by the wrapper, median',
        `<= ${mostAddedMs} ms`,
        added.length === 0 ? 'no calls' : `${median.toFixed(2)} ms`,
        added.length > 0 && median <= mostAddedMs,
      ),
    ],
  };
}

function compare(sides: Sides, load: Load): RunReport['comparison'] {
  const { callsPerSecond, durationMs } = load;
  const added = addedMs(sides, load);
  const json = (books: JoinedBooks): number[] => durations(books, (call) => !call.streamed);
  const stream = (books: JoinedBooks): number[] => durations(books, (call) => call.streamed);
  const ms = (values: readonly number[], part: number): string => `${percentile(values, part).toFixed(1)} ms`;
  return {
    says: `${callsPerSecond} calls a second for ${durationMs / 1_000} s, the same seed: every call takes the provider as long on either side.`,
    rows: [
      ...rowsOf(sides, [
        ['p50 of JSON calls', (books) => ms(json(books), 0.5)],
        ['p95 of JSON calls', (books) => ms(json(books), 0.95)],
        ['p50 of streams', (books) => ms(stream(books), 0.5)],
        ['p95 of streams', (books) => ms(stream(books), 0.95)],
      ]),
      { figure: 'added to the same call, median', bare: '', wrapped: ms(added, 0.5) },
    ],
  };
}

function durations({ books }: JoinedBooks, which: (call: K6Call) => boolean): number[] {
  return books.k6.calls.filter(which).map(({ durationMs }) => durationMs);
}

/** Of each call that both clients answered well, once they were warm: how much longer it took on the wrapped one. */
function addedMs({ bare, wrapped }: Sides, { durationMs }: Load): number[] {
  return [...wrapped.byCall.values()].flatMap(({ callId, k6: [seen] }) => {
    if (seen && seen.startedMs < durationMs * warmUpShare) return [];
    const before = bare.byCall.get(callId)?.k6[0];
    return seen?.outcome === 'ok' && before?.outcome === 'ok' ? [seen.durationMs - before.durationMs] : [];
  });
}
