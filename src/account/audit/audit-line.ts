import { crc32 } from 'node:zlib';
import { countNames, noCounts } from './audit-counts.ts';
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
  });
  return `${checksum(text)} ${text}\n`;
}

/** Undefined where it is not a whole line of ours. */
export function readLine(line: string): AuditEntry | undefined {
  const text = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(text)} `) return undefined;
  try {
    const { v, k, n, c, w } = JSON.parse(text) as Record<string, unknown>;
    const key = readKey(k);
    if (v !== 1 || !key || !isCounts(n) || !isPicoUsd(c) || !isPicoUsd(w)) return undefined;
    const counts = noCounts();
    countNames.forEach((name, at) => {
      counts[name] = n[at] ?? 0;
    });
    counts.costPicoUsd = BigInt(c);
    counts.wastedPicoUsd = BigInt(w);
    return { key, counts };
  } catch {
    return undefined;
  }
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
  return (
    Array.isArray(given) &&
    given.length === countNames.length &&
    given.every((count) => Number.isSafeInteger(count) && count >= 0)
  );
}

function isPicoUsd(given: unknown): given is string {
  return typeof given === 'string' && /^\d{1,40}$/.test(given);
}
