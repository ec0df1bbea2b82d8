import { median, pairwise, quantile } from '../measure.ts';
import type { ChildAnswer } from './child.ts';

/** A wrapper, and how measuring it went. */
export interface Row {
  readonly name: string;
  readonly version: string;
  readonly openaiVersion: string;
  /** Whether its floor is made with OpenTelemetry's SDK. */
  readonly openTelemetry: boolean;
  readonly result: ChildAnswer | { readonly notMeasured: string };
}

const titles = [
  'wrapper',
  'version',
  'openai',
  'added to a JSON call',
  'floor',
  'ratio',
  'floor in place',
  'ratio',
  'on a stream',
  'says per call',
  'tells of',
];

/** The table as lines of text. */
export function table(rows: readonly Row[]): readonly string[] {
  const cells = [titles, ...rows.map(cellsOf)];
  const measured = cells.filter((row) => row.length === titles.length);
  const widths = titles.map((_, column) => Math.max(...measured.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)];
}

const isNumber = (column: number) => column >= 3 && column <= 8;

function cellsOf({ name, version, openaiVersion, openTelemetry, result }: Row): readonly string[] {
  const start = [name, version, openaiVersion];
  if ('notMeasured' in result) return [...start, `not measured: ${result.notMeasured}`];
  const { calls, streams, counts, observed } = result;
  const added = pairwise(calls.wrapped, calls.bare, (wrapped, bare) => wrapped - bare);
  const more = pairwise(streams.wrapped, streams.bare, (wrapped, bare) => (wrapped / bare - 1) * 100);
  const says = [
    counted(counts.spans, 'span'),
    counted(counts.events, 'event'),
    counted(counts.metricRecords, 'metric record'),
    counted(counts.logRecords, 'log record'),
  ].filter(Boolean);
  const tells = [
    observed.attempts && 'attempts',
    observed.streamUsage && 'stream usage',
    observed.firstChunk && 'first chunk',
    observed.content && 'content',
  ].filter(Boolean);
  const mark = openTelemetry ? ' ' : '*';
  const ratioTo = (floor: number) => [
    says.length === 0 ? '-' : `${floor.toFixed(1)} µs`,
    says.length === 0 ? '-' : `${(median(added) / floor).toFixed(2)} ×${mark}`,
  ];
  return [
    ...start,
    `${spread(added)} µs`,
    ...ratioTo(median(calls.floor)),
    ...ratioTo(median(pairwise(calls.inPlace, calls.bare, (both, bare) => both - bare))),
    `${spread(more)} %`,
    says.join(', ') || 'nothing',
    tells.join(', ') || '-',
  ];
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** The median, and half of the interval in which the true one is with 95 % certainty, as far as the rounds tell. */
function spread(values: readonly number[]): string {
  const reach = 0.98 / Math.sqrt(values.length);
  const [low, high] = [Math.max(0, 0.5 - reach), Math.min(1, 0.5 + reach)];
  const half = (quantile(values, high) - quantile(values, low)) / 2;
  return `${median(values).toFixed(1)} ± ${half.toFixed(1)}`;
}
