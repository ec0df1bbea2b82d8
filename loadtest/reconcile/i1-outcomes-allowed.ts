import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { Invariant } from '../report/model.ts';
import { judgeOutcome } from './allowed-outcome.ts';
import { answerIsItsOwn } from './answer-is-its-own.ts';
import { Findings, figure } from './finding.ts';

/**
 * I1: every outcome that the wrapper or the caller states is one that the provider's ledger allows, and what the caller
 * got is what the provider gave to that call.
 */
export function outcomesAreAllowed({ byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const races = new Map<string, number>();
  let ok = 0;
  let whole = 0;
  for (const entries of byCall.values()) {
    if (statedOutcomes(entries).some(({ outcome }) => outcome === 'ok')) ok++;
    if (entries.ledger.some(({ status, end }) => status === 200 && end === 'complete')) whole++;
    const verdicts = statedOutcomes(entries).map(({ book, outcome, errorType }) => ({
      ...judgeOutcome(outcome, errorType, entries.ledger),
      says: `${book} says \`${outcome}\``,
    }));
    const wrong = verdicts.find(({ kind }) => kind === 'contradicted');
    const strange = entries.k6.flatMap((seen) => answerIsItsOwn(seen, entries.ledger) ?? [])[0];
    const race = verdicts.find((verdict) => verdict.kind === 'race');
    if (wrong?.kind === 'contradicted') findings.add(`${entries.callId}: ${wrong.says}, but ${wrong.why}`);
    else if (strange !== undefined) findings.add(`${entries.callId}: ${strange}`);
    else if (race?.kind === 'race') races.set(race.why, (races.get(race.why) ?? 0) + 1);
  }
  return findings.invariant({
    id: 'I1',
    title: 'Every outcome is one that the provider’s ledger allows',
    counts: [figure('calls with outcome ok', ok), figure('calls that the ledger answered in full', whole)],
    notes: [...races].map(([why, count]) => `${count} × ${why}: both books are right`),
  });
}

function statedOutcomes({ calls, k6 }: CallEntries) {
  const stated = calls.map((span) => ({
    book: 'the telemetry',
    outcome: textOf(span, attr.outcome) ?? 'none',
    errorType: textOf(span, attr.errorType),
  }));
  // A call that k6 lost has no outcome to be judged; that is I2's finding.
  const seen = k6
    .filter(({ outcome }) => outcome !== 'lost')
    .map(({ outcome }) => ({ book: 'k6', outcome, errorType: stated[0]?.errorType }));
  return [...stated, ...seen];
}
