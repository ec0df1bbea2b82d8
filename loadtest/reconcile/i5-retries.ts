import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { JoinedBooks } from '../books/join.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';

/** The mock's clock, and a date, are no finer; a timer fires no earlier than this. */
const grainMs = 2;

/**
 * I5: no retry before the server's Retry-After, none after `insufficient_quota`, and never more attempts than the policy
 * allows. Asking another model after one that failed is no retry.
 */
export function retriesKeepTheRules({ byCall }: JoinedBooks, maxAttempts: number): Invariant {
  const findings = new Findings();
  let retries = 0;
  let told = 0;
  for (const { callId, ledger } of byCall.values()) {
    for (const entries of byModel(ledger)) {
      retries += entries.length - 1;
      findings.add(
        `${callId}: ${entries.length} attempts, where ${maxAttempts} are allowed`,
        Math.max(0, entries.length - maxAttempts),
      );
      for (const [index, entry] of entries.slice(1).entries()) {
        const before = entries[index];
        if (!before) continue;
        if (before.retryAfterMs !== undefined) told++;
        const problem = problemOf(before, entry);
        if (problem !== undefined) findings.add(`${callId}: attempt ${index + 2} ${problem}`);
      }
    }
  }
  return findings.invariant({
    id: 'I5',
    title: `No retry before Retry-After, none without money, at most ${maxAttempts} attempts`,
    counts: [figure('retries in the ledger', retries), figure('after a Retry-After', told)],
    notes: [],
  });
}

function byModel(ledger: readonly LedgerEntry[]): LedgerEntry[][] {
  const groups = new Map<string | null, LedgerEntry[]>();
  for (const entry of ledger) {
    const group = groups.get(entry.model);
    if (group) group.push(entry);
    else groups.set(entry.model, [entry]);
  }
  return [...groups.values()];
}

function problemOf(before: LedgerEntry, retry: LedgerEntry): string | undefined {
  if (before.fault === '429 insufficient_quota')
    return 'came after the provider had said that there is no money';
  const { retryAfterMs, headersAtMs } = before;
  if (retryAfterMs === undefined || headersAtMs === undefined) return undefined;
  const waitedMs = retry.arrivedAtMs - headersAtMs;
  if (waitedMs >= retryAfterMs - grainMs) return undefined;
  return `came after ${waitedMs.toFixed(0)} ms, where the provider had asked for ${retryAfterMs.toFixed(0)} ms`;
}
