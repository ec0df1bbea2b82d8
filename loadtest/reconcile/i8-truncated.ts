import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { numberOf, textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { brokeOff } from './broken-off.ts';
import { Findings, figure } from './finding.ts';

/** I8: no stream that broke off is called a success: by the telemetry, as a call or as an attempt, or by the caller. */
export function brokenStreamsAreNamed({ byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const counts = { broken: 0, truncated: 0 };
  for (const entries of byCall.values()) {
    const { callId, k6, calls, ledger } = entries;
    const last = ledger.at(-1);
    if (last && brokeOff(last)) counts.broken++;
    const outcomes = [
      ...calls.map((span) => textOf(span, attr.outcome)),
      ...k6.map(({ outcome }) => outcome),
    ];
    if (last && brokeOff(last) && outcomes.includes('truncated')) counts.truncated++;
    if (last && brokeOff(last) && outcomes.includes('ok')) {
      const example = `${callId}: its stream broke off (${last.end}), and it says \`ok\``;
      findings.add(example, 1, 'a call called a success');
      // Its attempt says so too, as it must.
      continue;
    }
    for (const requestId of attemptsCalledGood(entries)) {
      const example = `${callId}: the stream of ${requestId} broke off, and its attempt has no error`;
      findings.add(example, 1, 'an attempt called a success');
    }
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

/** The requests whose stream the provider broke off, and whose attempt the telemetry has as a good one. */
function attemptsCalledGood({ attempts, ledger }: CallEntries): string[] {
  const broken = new Set(
    ledger
      .filter((entry) => brokeOff(entry) && entry.end !== 'client-closed')
      .map(({ requestId }) => requestId),
  );
  return attempts.flatMap((span) => {
    const requestId = textOf(span, attr.requestId);
    if (requestId === undefined || !broken.has(requestId)) return [];
    return numberOf(span, attr.status) === 200 && textOf(span, attr.errorType) === undefined
      ? [requestId]
      : [];
  });
}
