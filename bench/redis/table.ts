import { median } from '../measure.ts';
import { inFlight, type RedisFigures, type Speed, type Worst } from './measure-redis.ts';

export interface RedisRow {
  readonly name: string;
  readonly version: string;
  readonly isOwn: boolean;
  readonly limits: number;
  readonly speeds: readonly RedisFigures['speed'][];
  readonly windows: readonly Worst[];
}

const titles = [
  'limiter',
  'version',
  'limits',
  'admissions/s',
  'ratio',
  'trips each',
  `${inFlight} at once`,
  'ratio',
  'trips each',
  'worst window',
];

/**
 * Medians over the rounds, but of the windows the worst of all. Each ratio is to the fastest of the others' rows, one call
 * after the other.
 */
export function redisTable(rows: readonly RedisRow[]): readonly string[] {
  const others = rows.flatMap((row) =>
    row.isOwn ? [] : [perSecond(row.speeds, 'sequential') ?? Number.NEGATIVE_INFINITY],
  );
  const fastest = Math.max(...others);
  const base = Number.isFinite(fastest) ? fastest : undefined;
  const cells = [titles, ...rows.map((row) => cellsOf(row, base))];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column >= 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)];
}

type Way = keyof RedisFigures['speed'];

function cellsOf({ name, version, limits, speeds, windows }: RedisRow, base: number | undefined) {
  const speedCells = (way: Way): readonly string[] => {
    const rate = perSecond(speeds, way);
    if (rate === undefined) return ['-', '-', '-'];
    const ratio = base === undefined ? '-' : `${(rate / base).toFixed(2)} ×`;
    return [Math.round(rate).toLocaleString('en-US'), ratio, middle(speeds, way, 'tripsPerAdmission')];
  };
  const worst = (which: keyof Worst) => Math.max(...windows.map((one) => one[which]));
  return [
    name,
    version,
    String(limits),
    ...speedCells('sequential'),
    ...speedCells('concurrent'),
    windows.length === 0 ? '-' : `${worst('exact')} (${worst('withSlack')})`,
  ];
}

function perSecond(speeds: readonly RedisFigures['speed'][], way: Way): number | undefined {
  return speeds.length === 0 ? undefined : median(speeds.map((one) => one[way].perSecond));
}

function middle(speeds: readonly RedisFigures['speed'][], way: Way, figure: keyof Speed): string {
  return median(speeds.map((one) => one[way][figure])).toFixed(3);
}
