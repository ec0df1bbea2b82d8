import { createHash } from 'node:crypto';
import { asArray, asText } from '../../../json.ts';
import type { AccountFigures, AccountName, Charge, Crossing, Threshold } from '../store.ts';
import { budgetScriptVersion } from './budget-script.ts';

/** An account as Redis told of it. */
export interface KnownAccount {
  readonly figures: AccountFigures;
  /** Of the memory that it stands in: another one when Redis has lost it. */
  readonly epoch: string;
}

/** What an attempt did cost one account, to be told to Redis. */
export interface Settlement {
  readonly account: AccountName;
  readonly startMs: number;
  readonly endMs: number;
  /** Of the reservation; what Redis holds under no such name is only added. */
  readonly id: string;
  readonly costPico: bigint;
  readonly estimatedPico: bigint;
  readonly thresholds: readonly Threshold[];
}

export interface NumberedSettlement extends Settlement {
  /** Those that Redis has had count for nothing. */
  readonly number: number;
}

export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

export interface BudgetReply {
  readonly serverMs: number;
  readonly verdict: 'reserved' | 'refused' | 'settled' | 'period';
  readonly refusedBy: readonly number[];
  readonly accounts: readonly KnownAccount[];
  readonly crossed: readonly Crossing[];
}

const picoPerUsd = 1_000_000_000_000n;
const shareScale = 1_000_000;

type Pair = readonly [usd: number, pico: number];

function pair(pico: bigint): Pair {
  return [Number(pico / picoPerUsd), Number(pico % picoPerUsd)];
}

const thresholdsOf = (thresholds: readonly Threshold[]) =>
  thresholds.map(({ at, pico }) => [Math.round(at * shareScale), ...pair(pico)]);

function knownOf(known: KnownAccount | undefined): readonly [string, number, number] | 0 {
  if (!known) return 0;
  const { spentPico, reservedPico } = known.figures;
  return [known.epoch, ...pair(spentPico + reservedPico)];
}

/**
 * All in one hash tag, so that a cluster holds them in one place. Whose account it is stands there as a digest: names of
 * users are nothing for a list of keys.
 */
export function accountKeys(key: string, { budget, owner }: AccountName, startMs: number): readonly string[] {
  const digest = createHash('sha256')
    .update(`${budget.length} ${budget}${owner}`)
    .digest('base64url')
    .slice(0, 22);
  const name = `telltale:{${key}}:budget:${digest}:${startMs}`;
  return [name, `${name}:open`];
}

export function reserveArgument(
  base: { readonly from: string; readonly leaseMs: number },
  id: string,
  charges: readonly (Charge & Period & { readonly known: KnownAccount | undefined })[],
): string {
  return JSON.stringify({
    ...base,
    op: 'reserve',
    id,
    charges: charges.map(({ startMs, endMs, limitPico, reservePico, isHard, thresholds, known }) => ({
      startMs,
      endMs,
      limit: pair(limitPico),
      amount: pair(reservePico),
      isHard: isHard ? 1 : 0,
      thresholds: thresholdsOf(thresholds),
      known: knownOf(known),
    })),
  });
}

export function settleArgument(
  base: { readonly from: string; readonly leaseMs: number },
  accounts: readonly (Period & { readonly known: KnownAccount | undefined })[],
  settled: readonly { readonly at: number; readonly settlement: NumberedSettlement }[],
): string {
  return JSON.stringify({
    ...base,
    op: 'settle',
    accounts: accounts.map(({ endMs, known }) => ({ endMs, known: knownOf(known) })),
    settled: settled.map(({ at, settlement }) => ({
      at: at + 1,
      number: settlement.number,
      id: settlement.id,
      cost: pair(settlement.costPico),
      estimated: pair(settlement.estimatedPico),
      thresholds: thresholdsOf(settlement.thresholds),
    })),
  });
}

/** @throws Error where it is not what this version of the script gives */
export function readBudgetReply(
  given: unknown,
  accounts: readonly (Period & { readonly account: AccountName })[],
): BudgetReply {
  const [version, serverMs, verdict, refusedBy, figures] = asArray(given);
  if (version !== `telltale ${budgetScriptVersion}`)
    throw new Error('another version of the script answered');
  if (verdict !== 'reserved' && verdict !== 'refused' && verdict !== 'settled' && verdict !== 'period')
    throw new Error('an answer without a verdict');
  const atMs = Number(serverMs);
  // Periods are reckoned from it: beyond, there are no days.
  if (typeof serverMs !== 'string' || !(atMs >= 0 && atMs <= latestMs))
    throw new Error('an answer without a time');
  // Of another period nothing is told.
  if (verdict !== 'period' && asArray(figures).length !== accounts.length)
    throw new Error('an answer without accounts');
  const crossed: Crossing[] = [];
  const known = asArray(figures).map((one, index): KnownAccount => {
    const about = accounts[index];
    const [su, sp, eu, ep, ru, rp, alerted, epoch, isUncertain, crossings] = asArray(one);
    if (!about || typeof epoch !== 'string') throw new Error('an answer without accounts');
    const read: AccountFigures = {
      account: about.account,
      startMs: about.startMs,
      endMs: about.endMs,
      spentPico: amount(su, sp),
      estimatedPico: amount(eu, ep),
      reservedPico: amount(ru, rp),
      isUncertain: isUncertain === '1',
      alerted: (asText(alerted) ?? '')
        .split(',')
        .filter((share) => share !== '')
        .map((share) => Number(share) / shareScale),
    };
    for (const crossing of asArray(crossings)) {
      const [share, reason] = asArray(crossing);
      crossed.push({
        figures: read,
        at: Number(share) / shareScale,
        reason: reason === 'exceeded' ? 'exceeded' : 'spent',
      });
    }
    return { figures: read, epoch };
  });
  return {
    serverMs: atMs,
    verdict,
    refusedBy: asArray(refusedBy).map(Number),
    accounts: known,
    crossed,
  };
}

/** The year 9999, by when periods have long been of other lengths. */
const latestMs = 253_402_300_799_999;

/** Money is never below nothing there, and no sum has so many digits. */
function isDigits(given: unknown): given is string {
  return typeof given === 'string' && /^\d{1,40}$/.test(given);
}

function amount(usd: unknown, pico: unknown): bigint {
  if (!isDigits(usd) || !isDigits(pico)) throw new Error('an answer without amounts');
  return BigInt(usd) * picoPerUsd + BigInt(pico);
}
