import { ABSENT, count, decimal, difference, duration, share, usd } from './format.ts';
import type {
  EarlierRow,
  EarlierRun,
  PhaseRow,
  PhaseTotal,
  Recovery,
  RunReport,
  SideFigures,
  Spread,
} from './model.ts';
import { total } from './percentile.ts';

/** A table of texts, which the terminal and Markdown draw each in their way. */
export interface TextTable {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns from this one on hold figures. */
  readonly figuresFrom: number;
}

/** Goodput and what it took, one line a phase. */
export function goodputTable({ totals, recoveries }: SideFigures): TextTable {
  return {
    headings: [
      'phase',
      'offered',
      'ok',
      'good',
      'goodput',
      'good/s',
      'req/call',
      'backoff',
      'throttle',
      'wasted',
      'back after',
    ],
    figuresFrom: 1,
    rows: totals.map((row) => [
      row.phase,
      count(row.offered),
      count(row.succeeded),
      count(row.good),
      share(row.good, row.offered),
      decimal(row.goodPerSecond, 1),
      decimal(row.requestsPerCall),
      duration(row.backoffMs),
      duration(row.throttleMs),
      count(row.wasted.tokens),
      recoveryOf(recoveries, row),
    ]),
  };
}

function recoveryOf(all: readonly Recovery[], { phase }: PhaseTotal): string {
  return all
    .filter((one) => one.phase === phase)
    .map(sayRecovery)
    .join(', ');
}

/** `1.5 s`, `never`, `not seen`. */
export function sayRecovery({ state, afterMs = Number.NaN }: Recovery): string {
  if (state === 'recovered') return duration(afterMs);
  return state === 'not recovered' ? 'never' : 'not seen';
}

const kindNames = { json: 'JSON', stream: 'streams', embeddings: 'embeddings', request: 'requests' } as const;

/** How long calls took, one line a phase, kind and measure. */
export function latencyTable({ rows }: SideFigures): TextTable {
  return {
    headings: ['phase', 'kind', 'time', 'calls', 'p50', 'p90', 'p95', 'p99', 'max'],
    figuresFrom: 3,
    rows: rows.flatMap((row) =>
      measuresOf(row).map(([name, spread], index) => [
        index === 0 ? row.phase : '',
        index === 0 ? kindNames[row.kind] : '',
        name,
        index === 0 ? count(row.offered) : '',
        ...figuresOf(spread).map(duration),
      ]),
    ),
  };
}

export function measuresOf({
  whole,
  firstChunk,
  chunkGap,
  longestGap,
}: PhaseRow): (readonly [string, Spread])[] {
  return [
    ['whole call', whole],
    ...(firstChunk ? [['first token', firstChunk] as const] : []),
    ...(chunkGap ? [['between tokens', chunkGap] as const] : []),
    ...(longestGap ? [['longest pause', longestGap] as const] : []),
  ];
}

export function figuresOf({ p50Ms, p90Ms, p95Ms, p99Ms, maxMs }: Spread): readonly number[] {
  return [p50Ms, p90Ms, p95Ms, p99Ms, maxMs];
}

export function errorsTable({ errors }: RunReport): TextTable {
  return {
    headings: ['error', 'became', 'for example', 'calls', 'attempts'],
    figuresFrom: 3,
    rows: errors.map((row) => [
      row.errorType,
      row.outcome,
      row.example,
      count(row.calls),
      count(row.attempts),
    ]),
  };
}

export function wastedTable({ wasted }: SideFigures): TextTable {
  return {
    headings: ['billed for nothing: the call was', 'attempts', 'tokens', 'cost'],
    figuresFrom: 1,
    rows: wasted.map((row) => [row.why, count(row.attempts), count(row.tokens), usd(row.costUsd)]),
  };
}

export function modelsTable({ models, source }: RunReport): TextTable {
  return {
    headings: [
      'model',
      source === 'telemetry' ? 'calls' : 'requests',
      'in',
      'cached',
      'out',
      'reasoning',
      'cost',
    ],
    figuresFrom: 1,
    rows: models.map((row) => [
      row.model,
      count(row.calls),
      count(row.inputTokens),
      count(row.cachedTokens),
      count(row.outputTokens),
      count(row.reasoningTokens),
      usd(row.costUsd),
    ]),
  };
}

/** Bare against wrapped: the figures that every scenario has, then those it compares itself. */
export function sidesTable(report: RunReport): TextTable | undefined {
  const { bare, comparison } = report;
  if (!bare && !comparison) return undefined;
  const general = bare ? sideRows(bare, report) : [];
  const own = (comparison?.rows ?? []).map(({ figure, bare: was, wrapped }) => [figure, was, wrapped]);
  return {
    headings: ['', 'bare client', 'wrapped'],
    figuresFrom: 1,
    rows: [...general, ...own],
  };
}

function sideRows(bare: SideFigures, wrapped: SideFigures): string[][] {
  const whole = ({ totals }: SideFigures): PhaseTotal | undefined =>
    totals.find(({ phase }) => phase === 'all');
  const both = (figure: string, of: (side: SideFigures) => string): string[] => [
    figure,
    of(bare),
    of(wrapped),
  ];
  const p95 = (
    side: SideFigures,
    kind: PhaseRow['kind'],
    of: (row: PhaseRow) => Spread | undefined,
  ): string => {
    const row = side.rows.find((one) => one.phase === 'all' && one.kind === kind);
    return duration((row && of(row)?.p95Ms) ?? Number.NaN);
  };
  return [
    both('goodput', (side) => share(whole(side)?.good ?? 0, whole(side)?.offered ?? 0)),
    both('good calls a second', (side) => decimal(whole(side)?.goodPerSecond ?? Number.NaN, 1)),
    both('requests a call', (side) => decimal(whole(side)?.requestsPerCall ?? Number.NaN)),
    both('p95 of JSON calls', (side) => p95(side, 'json', ({ whole: spread }) => spread)),
    both('p95 of streams', (side) => p95(side, 'stream', ({ whole: spread }) => spread)),
    both('p95 of the first token', (side) => p95(side, 'stream', ({ firstChunk }) => firstChunk)),
    ...wrapped.recoveries.map(({ phase }) =>
      both(`goodput back after ${phase}`, ({ recoveries }) =>
        recoveries
          .filter((one) => one.phase === phase)
          .map(sayRecovery)
          .join(', '),
      ),
    ),
  ];
}

/** Against an earlier run, what got worse first. */
export function earlierTable({ rows }: EarlierRun): TextTable {
  return {
    headings: ['figure', 'phase', 'change', 'before', 'now', 'difference'],
    figuresFrom: 3,
    rows: sortedByChange(rows).map((row) => [
      row.figure,
      row.phase,
      row.change,
      sayFigure(row.before, row.unit),
      sayFigure(row.now, row.unit),
      sayDifference(row),
    ]),
  };
}

const ranks = { worse: 0, better: 1, same: 2, 'not comparable': 3 } as const;

export function sortedByChange(rows: readonly EarlierRow[]): EarlierRow[] {
  return rows.toSorted((a, b) => ranks[a.change] - ranks[b.change]);
}

export function sayFigure(value: number | null, unit: EarlierRow['unit']): string {
  if (value === null) return ABSENT;
  if (unit === 'ms') return duration(value);
  if (unit === 'share') return share(value, 1);
  if (unit === 'usd') return usd(value, 6);
  return Number.isInteger(value) ? count(value) : decimal(value);
}

export function sayDifference({ before, now, unit }: EarlierRow): string {
  if (before === null || now === null) return ABSENT;
  const by = now - before;
  if (by === 0) return '0';
  const sign = by > 0 ? '+' : '';
  if (unit === 'share') return `${sign}${decimal(by * 100, 1)} pp`.replace('-', '−');
  return `${sign}${sayFigure(by, unit)}`.replace('-', '−');
}

export function invariantTable({ invariants }: RunReport): TextTable {
  return {
    headings: ['', '', 'what must hold', 'difference'],
    figuresFrom: 3,
    rows: invariants.map((row) => [
      row.difference === 0 ? 'ok' : 'BAD',
      row.id,
      row.broken ? `${row.title}; broken: ${row.broken.join('; ')}` : row.title,
      difference(row.difference),
    ]),
  };
}

export function callsOf({ rows }: SideFigures): number {
  return total(rows.filter(({ phase }) => phase === 'all').map(({ offered }) => offered));
}
