import type { JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import { percentile } from '../report/percentile.ts';
import { condition } from './condition.ts';
import { badHour } from './resilience.ts';
import type { Judgement, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

/** Of a call that an open breaker refuses, from its start to its error. */
const fastMs = 5;

export const outage: Scenario = badHour(
  {
    says: 'nothing answers for a third of the run, then all is well',
    phases: await shippedPhases('outage'),
  },
  { mostAmplification: 1.2, longestRecoveryMs: 5_000 },
  failsFast,
);

function failsFast({ byCall }: JoinedBooks): Judgement {
  const refused = [...byCall.values()].flatMap(({ calls, attempts }) =>
    attempts.length > 0 ? [] : calls.filter((span) => textOf(span, attr.errorType) === 'breaker_open'),
  );
  const p99Ms = percentile(
    refused.map(({ startMs, endMs }) => endMs - startMs),
    0.99,
  );
  return {
    invariants: [],
    conditions: [
      condition('calls that an open breaker refused', '> 0', String(refused.length), refused.length > 0),
      condition('of them the p99', `< ${fastMs} ms`, `${p99Ms.toFixed(2)} ms`, p99Ms < fastMs),
    ],
  };
}
