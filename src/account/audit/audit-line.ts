import { crc32 } from 'node:zlib';
import { wastefulOutcomes } from '../failed.ts';
import { type AuditDetail, countNames, noCounts } from './audit-counts.ts';
import { type AuditEntry, type AuditKey, none } from './day-book.ts';

/**
 * An entry as a line: a checksum, and JSON of what was counted for it in this file so far. The last line of an entry
 * holds, so one that is written twice counts once.
 */
export function lineOf({ key, counts }: AuditEntry): string {
  const { user, operation, endpoint, model, sentModel, tags = null } = key;
  const text = JSON.stringify({
    v: 1,
    k: [user, operation, model, tags, sentModel, endpoint],
    n: countNames.map((name) => counts[name]),
    c: counts.costPicoUsd.toString(),
    w: counts.wastedPicoUsd.toString(),
    // Apart, because versions that do not know it read the line without.
    d: writeDetail(counts.detail),
  });
  return `${checksum(text)} ${text}\n`;
}

/** The lines of a file, with line ends of Windows too, which an editor or a checkout may have given them. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/);
}

/** Whether nothing of a line is lost, whatever version wrote it. */
export function isWholeLine(line: string): boolean {
  return line.slice(0, 9) === `${checksum(line.slice(9))} `;
}

/** Undefined where it is not a whole line of ours. */
export function readLine(line: string): AuditEntry | undefined {
  if (!isWholeLine(line)) return undefined;
  const text = line.slice(9);
  try {
    const { v, k, n, c, w, d } = JSON.parse(text) as Record<string, unknown>;
    const key = readKey(k);
    if (v !== 1 || !key || !isCounts(n) || !isPicoUsd(c) || !isPicoUsd(w)) return undefined;
    const counts = noCounts();
    countNames.forEach((name, at) => {
      counts[name] = n[at] ?? 0;
    });
    counts.costPicoUsd = BigInt(c);
    counts.wastedPicoUsd = BigInt(w);
    if (d === undefined) counts.detail.unknownCalls = counts.calls;
    else if (!readDetail(d, counts.detail)) return undefined;
    return { key, counts };
  } catch {
    return undefined;
  }
}

function writeDetail({ unknownCalls, cacheWriteInputTokens, ...money }: AuditDetail): readonly unknown[] {
  const wasted = wastefulOutcomes.map((outcome) => money.wastedPicoUsdBy[outcome].toString());
  return [unknownCalls, cacheWriteInputTokens, money.cacheSavedPicoUsd.toString(), ...wasted];
}

/** False where it is none. */
function readDetail(given: unknown, detail: AuditDetail): boolean {
  if (!Array.isArray(given) || given.length !== 3 + wastefulOutcomes.length) return false;
  const [unknownCalls, cacheWriteInputTokens, saved, ...wasted] = given as readonly unknown[];
  if (!isCount(unknownCalls) || !isCount(cacheWriteInputTokens) || !wasted.every(isPicoUsd)) return false;
  if (typeof saved !== 'string' || !isPicoUsd(saved.replace('-', ''))) return false;
  detail.unknownCalls = unknownCalls;
  detail.cacheWriteInputTokens = cacheWriteInputTokens;
  detail.cacheSavedPicoUsd = BigInt(saved);
  for (const [at, outcome] of wastefulOutcomes.entries())
    detail.wastedPicoUsdBy[outcome] = BigInt(wasted[at] ?? 0);
  return true;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function readKey(given: unknown): AuditKey | undefined {
  // The first lines that were ever written have four.
  if (!Array.isArray(given) || (given.length !== 4 && given.length !== 6)) return undefined;
  const [user, operation, model, tags, sentModel = model, endpoint = none] = given as readonly unknown[];
  if (typeof user !== 'string' || typeof operation !== 'string' || typeof endpoint !== 'string')
    return undefined;
  if (typeof model !== 'string' || typeof sentModel !== 'string') return undefined;
  if (tags === null) return { user, operation, endpoint, model, sentModel, tags: undefined };
  if (typeof tags !== 'object' || !Object.values(tags).every((value) => typeof value === 'string'))
    return undefined;
  return { user, operation, endpoint, model, sentModel, tags: tags as Record<string, string> };
}

function isCounts(given: unknown): given is number[] {
  return Array.isArray(given) && given.length === countNames.length && given.every(isCount);
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && Number(given) >= 0;
}

function isPicoUsd(given: unknown): given is string {
  return typeof given === 'string' && /^\d{1,40}$/.test(given);
}
