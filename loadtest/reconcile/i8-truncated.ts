import type { JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** I8: no stream that broke off is called a success, by the telemetry or by the caller. */
export function brokenStreamsAreNamed({ byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const counts = { broken: 0, truncated: 0 };
  for (const { callId, k6, calls, ledger } of byCall.values()) {
    const last = ledger.at(-1);
    if (last?.status !== 200 || last.end === 'complete' || last.end === 'pending') continue;
    counts.broken++;
    const outcomes = [
      ...calls.map((span) => textOf(span, attr.outcome)),
      ...k6.map(({ outcome }) => outcome),
    ];
    if (outcomes.includes('truncated')) counts.truncated++;
    if (outcomes.includes('ok'))
      findings.add(`${callId}: its stream broke off (${last.end}), and it says \`ok\``);
  }
  return findings.invariant({
    id: 'I8',
    title: 'No stream that broke off is called a success',
    counts: [
      figure('calls whose last stream broke off', counts.broken),
      figure('of them called truncated', counts.truncated),
    ],
    notes: [],
  });
}
