import type { AuditDimension, AuditRow } from '../../index.ts';
import { countText, nameText, percentText, usdText } from '../shared/figures-text.ts';
import { pricesAsOf } from '../shared/known-models.ts';
import { type Column, tableLines, wrapped } from '../shared/table.ts';
import { dimensionTitle } from './arguments.ts';
import type { CostReport, CostTable } from './report.ts';
import type { Comparison } from './what-if.ts';

/** Of a table; more is for `--csv`. */
const mostRows = 30;

/** The report as text for people. */
export function showCosts(report: CostReport, columns: number): string {
  const paragraphs = [
    headLines(report, columns),
    ...report.tables.map((table) => costLines(table, columns)),
    ...(report.comparisons.length > 0 ? [comparisonLines(report.comparisons, columns)] : []),
    ...(report.hints.length > 0
      ? [['Worth a look', ...report.hints.flatMap(({ text }) => wrapped(`- ${text}`, columns, '  '))]]
      : []),
    ...(report.corrupt.length > 0 ? [corruptLines(report.corrupt, columns)] : []),
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function headLines({ days, total, unpriced }: CostReport, columns: number): readonly string[] {
  const { calls, failed, unknownCostCalls, unknownTokenCalls } = total;
  const span = days.first === days.last ? days.first : `${days.first} to ${days.last}`;
  const failures = failed === 0 ? '' : `, ${countText(failed)} failed`;
  const named = unpriced
    .map(({ model, calls: some }) => `${nameText(model)} (${countText(some)})`)
    .join(', ');
  const sentences = [
    `${span}: ${usdText(knownCost(total))} for ${countText(calls)} ${calls === 1 ? 'call' : 'calls'}${failures}.`,
    ...(unknownCostCalls > 0
      ? [
          `Not in it: ${countText(unknownCostCalls)} calls of unknown cost.${named === '' ? '' : ` No price is known for ${named}: give it in \`prices\`.`}${unknownTokenCalls > 0 ? ` Nobody said what ${countText(unknownTokenCalls)} of them used.` : ''}`,
        ]
      : []),
    `The cache saved ${cacheText(total)}.`,
    `Wasted: ${wasteText(total)}.`,
  ];
  return sentences.flatMap((sentence) => wrapped(sentence, columns, '  '));
}

function knownCost({ costUsd, unknownCostCalls }: AuditRow): number | undefined {
  return costUsd === 0 && unknownCostCalls > 0 ? undefined : costUsd;
}

function cacheText({
  cacheSavedUsd,
  inputTokens,
  cachedInputTokens,
  calls,
  undetailedCalls,
}: AuditRow): string {
  const part =
    inputTokens > 0 ? `; ${percentText(cachedInputTokens / inputTokens)} of the input came from it` : '';
  const older =
    undetailedCalls > 0 && undetailedCalls < calls
      ? `, that of ${countText(undetailedCalls)} older calls unknown`
      : '';
  return cacheSavedUsd === undefined
    ? `an unknown amount, which an older version did not count${part}`
    : `${usdText(cacheSavedUsd)}${older}${part}`;
}

const reasons = {
  empty: 'on answers that showed nothing',
  truncated: 'on answers that were cut off',
  cancelled: 'on answers that were stopped',
  error: 'on calls that ended in an error',
} as const;

function wasteText({ wastedUsd, wastedUsdByOutcome, undetailedCalls }: AuditRow): string {
  if (wastedUsd === 0) return 'nothing that is known of';
  const known = (['empty', 'truncated', 'cancelled', 'error'] as const).flatMap((outcome) => {
    const usd = wastedUsdByOutcome?.[outcome] ?? 0;
    return usd > 0 ? [`${usdText(usd)} ${reasons[outcome]}`] : [];
  });
  const older = undetailedCalls > 0 ? ['why is unknown of what an older version counted'] : [];
  return `${usdText(wastedUsd)} (${[...known, ...older].join(', ')})`;
}

interface NumberColumn extends Column {
  readonly cell: (row: AuditRow) => string;
  /** Left out where it is 0 in every row. */
  readonly isRare?: true;
}

const numberColumns: readonly NumberColumn[] = [
  { title: 'cost', align: 'right', cell: costText },
  { title: 'calls', align: 'right', cell: ({ calls }) => countText(calls) },
  { title: 'failed', align: 'right', isRare: true, cell: ({ failed }) => countText(failed) },
  { title: 'tokens in', align: 'right', cell: ({ inputTokens }) => countText(inputTokens) },
  {
    title: 'cached',
    align: 'right',
    isRare: true,
    cell: ({ cachedInputTokens }) => countText(cachedInputTokens),
  },
  { title: 'tokens out', align: 'right', cell: ({ outputTokens }) => countText(outputTokens) },
  { title: 'wasted', align: 'right', isRare: true, cell: ({ wastedUsd }) => usdText(wastedUsd) },
];

/** With calls of unknown cost among them it is at least that. */
function costText(row: AuditRow): string {
  const cost = knownCost(row);
  return cost !== undefined && row.unknownCostCalls > 0 ? `≥ ${usdText(cost)}` : usdText(cost);
}

function costLines({ by, rows }: CostTable, columns: number): readonly string[] {
  const numbers = numberColumns.filter(
    ({ isRare, cell }) => !isRare || rows.some((row) => !/^\$?0$/.test(cell(row))),
  );
  const heads = [...by.map((dimension) => ({ title: dimensionTitle(dimension) })), ...numbers];
  // The newest days, and of everything else those that cost most, which stand first.
  const shown = by.includes('day') ? rows.slice(-mostRows) : rows.slice(0, mostRows);
  const cells = shown.map((row) => [
    ...by.map((dimension) => nameOf(row, dimension)),
    ...numbers.map(({ cell }) => cell(row)),
  ]);
  const hidden = rows.length - shown.length;
  return [
    ...tableLines(heads, cells, columns),
    ...(hidden > 0 ? wrapped(`… and ${countText(hidden)} more: see --csv or --json.`, columns) : []),
  ];
}

/** What a row is told apart by, in words. */
function nameOf(row: AuditRow, dimension: AuditDimension): string {
  const value = isTag(dimension) ? row.tags?.[dimension.slice(4)] : row[dimension];
  return nameText(value ?? '');
}

function isTag(dimension: AuditDimension): dimension is `tag:${string}` {
  return dimension.startsWith('tag:');
}

function comparisonLines(comparisons: readonly Comparison[], columns: number): readonly string[] {
  const heads: readonly Column[] = [
    { title: 'model' },
    { title: 'instead' },
    { title: 'cost', align: 'right' },
    { title: 'would be', align: 'right' },
    { title: 'saves', align: 'right' },
  ];
  const rows = comparisons.flatMap(({ model, costUsd, alternatives }) =>
    alternatives.map((other) => [
      nameText(model),
      other.model === model ? 'in batches' : `${other.model}${other.isBatch ? ' in batches' : ''}`,
      usdText(costUsd),
      usdText(other.costUsd),
      usdText(other.savesUsd),
    ]),
  );
  const note = `The same tokens and hits of the cache at the prices of ${pricesAsOf}, prompts counted as short. Another model may write more, or worse: try it first.`;
  return ['On the same usage', ...tableLines(heads, rows, columns), ...wrapped(note, columns, '  ')];
}

function corruptLines(corrupt: CostReport['corrupt'], columns: number): readonly string[] {
  return corrupt.flatMap(({ file, lines }) => {
    const many =
      lines.length === 1 ? `line ${lines[0]}` : `${countText(lines.length)} lines, from line ${lines[0]} on,`;
    return wrapped(`Not read: ${many} of ${file}; what it counted is missing.`, columns, '  ');
  });
}
