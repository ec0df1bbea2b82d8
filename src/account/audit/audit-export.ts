import { wastefulOutcomes } from '../failed.ts';
import type { AuditRow } from './audit-query.ts';

const dimensions = ['day', 'user', 'operation', 'endpoint', 'model', 'sentModel'] as const;
const numbers = [
  'calls',
  'failed',
  'inputTokens',
  'cachedInputTokens',
  'outputTokens',
  'reasoningTokens',
  'unknownTokenCalls',
  'costUsd',
  'unknownCostCalls',
  'wastedUsd',
  'withoutOutputCap',
  'longUnstreamed',
  'undetailedCalls',
  'cacheWriteInputTokens',
  'cacheSavedUsd',
] as const satisfies readonly (keyof AuditRow)[];

const wastedBy = wastefulOutcomes.map((outcome) => `wastedUsdByOutcome.${outcome}`);

/**
 * Rows of the audit as CSV (RFC 4180: commas, CRLF, a line of headings), with money in plain decimals and nothing where
 * something is not known. A text that a
 * spreadsheet would take for a formula, or that begins with an apostrophe, has an apostrophe in front.
 *
 * @example
 * ```ts
 * await writeFile('usage.csv', toCsv(await telltale(openai).audit({ by: ['day', 'user'] })));
 * ```
 */
export function toCsv(rows: readonly AuditRow[]): string {
  const texts = dimensions.filter((name) => rows.some((row) => row[name] !== undefined));
  const tags = [...new Set(rows.flatMap((row) => Object.keys(row.tags ?? {})))];
  const headings = [...texts, ...tags.map((name) => guarded(`tag:${name}`)), ...numbers, ...wastedBy].map(
    quoted,
  );
  const lines = rows.map((row) =>
    [
      ...texts.map((name) => quoted(guarded(row[name] ?? ''))),
      ...tags.map((name) => quoted(guarded(tagOf(row, name)))),
      ...numbers.map((name) => decimal(row[name])),
      ...wastefulOutcomes.map((outcome) => decimal(row.wastedUsdByOutcome?.[outcome])),
    ].join(','),
  );
  return [headings.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/**
 * Rows of the audit as a JSON array.
 *
 * @example
 * ```ts
 * await writeFile('usage.json', toJson(await telltale(openai).audit({ by: ['day', 'user'] })));
 * ```
 */
export function toJson(rows: readonly AuditRow[]): string {
  return JSON.stringify(rows);
}

/** Rows of other queries have other tags, and every object has a `constructor`. */
function tagOf({ tags }: AuditRow, name: string): string {
  return tags && Object.hasOwn(tags, name) ? (tags[name] ?? '') : '';
}

function guarded(text: string): string {
  return /^[=+\-@＝＋－＠\t\r\n']/.test(text) ? `'${text}` : text;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Without an exponent, and no more digits than a pico-dollar has. */
function decimal(value: number | undefined): string {
  if (value === undefined) return '';
  return Number.isInteger(value) ? value.toFixed(0) : value.toFixed(12).replace(/0+$/, '');
}
