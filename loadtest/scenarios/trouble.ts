import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import type { K6Call } from '../k6/record.ts';
import { phasesOf } from '../phases.ts';
import { priceOf } from '../reconcile/prices.ts';
import { percentile } from '../report/percentile.ts';
import type { Load, Scenario } from './scenario.ts';

/** Within this a call must be answered, on either side. */
export const deadlineMs = 30_000;

/** A call that takes longer shows that the provider's trouble is still felt. */
const feltMs = 2_000;

/** What a run came to, as far as a bad hour shows in it. */
export interface TroubleFigures {
  readonly calls: number;
  /** Part of the calls that succeeded within the deadline. */
  readonly success: number;
  /** Requests at the provider for each call that began while it misbehaved. */
  readonly amplification: number;
  /** Tokens that were billed and of no use, and what they cost. */
  readonly wastedTokens: number;
  readonly wastedUsd: number;
  /** From the end of the trouble to the start of the last call that failed or was slow; 0 where there was none. */
  readonly recoveryMs: number;
  readonly p95Ms: number;
}

export function troubleFigures(scenario: Scenario, { byCall }: JoinedBooks, load: Load): TroubleFigures {
  const troubled = phasesOf(scenario, load.durationMs).filter(
    ({ name }) => (scenario.phases.find((phase) => phase.name === name)?.faults.length ?? 0) > 0,
  );
  const endMs = Math.max(0, ...troubled.map(({ toMs }) => toMs));
  const names = new Set(troubled.map(({ name }) => name));
  const made = [...byCall.values()].flatMap((entries) => {
    const [seen] = entries.k6;
    return seen ? [{ seen, entries }] : [];
  });
  // A call that never came to an end is one that k6 gave up at the end of the run, and has no record of.
  const calls = made.length + [...byCall.values()].filter(isUnheardOf).length;
  const inTrouble = made.filter(({ seen }) => names.has(seen.phase));
  const requests = inTrouble.reduce((sum, { entries }) => sum + entries.ledger.length, 0);
  const late = made.filter(
    ({ seen }) => seen.startedMs > endMs && (seen.outcome !== 'ok' || seen.durationMs > feltMs),
  );
  const wasted = made.flatMap(({ seen, entries }) => wastedEntries(seen, entries));
  return {
    calls,
    success: made.filter(({ seen }) => isInTime(seen)).length / Math.max(1, calls),
    amplification: requests / Math.max(1, inTrouble.length),
    wastedTokens: wasted.reduce((sum, { usage }) => sum + tokensOf(usage), 0),
    wastedUsd: wasted.reduce((sum, entry) => sum + costOf(entry), 0),
    recoveryMs: endMs === 0 ? 0 : Math.max(0, ...late.map(({ seen }) => seen.startedMs - endMs)),
    p95Ms: percentile(
      made.map(({ seen }) => seen.durationMs),
      0.95,
    ),
  };
}

export function isInTime({ outcome, durationMs }: K6Call): boolean {
  return outcome === 'ok' && durationMs <= deadlineMs;
}

function isUnheardOf({ k6, ledger }: CallEntries): boolean {
  return k6.length === 0 && ledger.length > 0;
}

/** Every answer that cost something, but for the one that the caller was glad of. */
function wastedEntries(seen: K6Call, { ledger }: CallEntries): LedgerEntry[] {
  const billed = ledger.filter(({ usage }) => usage !== null);
  return seen.outcome === 'ok' ? billed.slice(0, -1) : billed;
}

function tokensOf(usage: LedgerEntry['usage']): number {
  return usage ? usage.inputTokens + usage.outputTokens : 0;
}

function costOf({ model, usage }: LedgerEntry): number {
  if (!usage) return 0;
  const {
    inputTokens: input,
    cachedTokens: cached,
    outputTokens: output,
    reasoningTokens: reasoning,
  } = usage;
  return (priceOf(model ?? '', { input, cached, output, reasoning }) ?? 0) / 1e9;
}
