import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { MadeCall } from './made-calls.ts';
import type { Wasted, WastedRow } from './model.ts';
import { nanoUsdOf } from './source.ts';

/** What an attempt was billed that nobody had any use of. */
interface WastedAttempt {
  readonly why: string;
  readonly entry: LedgerEntry;
}

/**
 * Every answer that was billed, but for the one that the caller was glad of: the last of a call that succeeded. By the
 * provider's ledger, so it is known of a bare client too.
 */
function wastedAttempts({ seen, entries }: MadeCall): WastedAttempt[] {
  const billed = entries.ledger.filter(({ usage }) => usage !== null);
  const last = billed.at(-1);
  return billed.flatMap((entry) => {
    if (entry !== last) return [{ why: 'asked again', entry }];
    return seen.outcome === 'ok' ? [] : [{ why: seen.outcome, entry }];
  });
}

/** By why, the dearest first. */
export function wastedRows(calls: readonly MadeCall[]): WastedRow[] {
  const groups = new Map<string, WastedAttempt[]>();
  for (const attempt of calls.flatMap(wastedAttempts)) {
    const group = groups.get(attempt.why);
    if (group) group.push(attempt);
    else groups.set(attempt.why, [attempt]);
  }
  return [...groups]
    .map(([why, attempts]) => ({ why, ...sumOf(attempts) }))
    .sort((a, b) => b.costUsd - a.costUsd || b.tokens - a.tokens);
}

export function wastedBy(calls: readonly MadeCall[]): Wasted {
  return sumOf(calls.flatMap(wastedAttempts));
}

function sumOf(attempts: readonly WastedAttempt[]): Wasted {
  let tokens = 0;
  let nanoUsd = 0;
  for (const { entry } of attempts) {
    tokens += (entry.usage?.inputTokens ?? 0) + (entry.usage?.outputTokens ?? 0);
    nanoUsd += nanoUsdOf(entry);
  }
  return { attempts: attempts.length, tokens, costUsd: nanoUsd / 1e9 };
}

/** Where nobody knows which answer was whose. */
export const unknownWaste: Wasted = { attempts: Number.NaN, tokens: Number.NaN, costUsd: Number.NaN };
