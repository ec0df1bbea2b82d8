import { median } from '../measure.ts';
import { type Figures, inFlight, type Measure, measures, type Worst, waiters } from './measure-limiter.ts';
import { abilities, type Subject } from './subject.ts';

/** What came of measuring one thing in every round, or why nothing did. */
export type Outcome<Of extends Measure> = readonly Figures[Of][] | { readonly notMeasured: string };

export interface Row {
  readonly subject: Pick<Subject, 'name' | 'limits' | 'knows'>;
  readonly version: string;
  readonly results: { readonly [Of in Measure]: Outcome<Of> };
}

const count = (value: number): string => Math.round(value).toLocaleString('en-US');

const titles = [
  'limiter',
  'version',
  'limits',
  'acquires/s',
  `${count(inFlight)} in flight`,
  'bytes/waiter',
  `${count(waiters)} waiters in`,
  'saturated',
  'bursts',
  'knows',
];

const isNumber = (column: number): boolean => column >= 2 && column <= 8;

/** The table as lines of text: medians over the rounds, but of the windows the worst of all. */
export function table(rows: readonly Row[]): readonly string[] {
  const cells = [titles, ...rows.map(cellsOf)];
  const widths = titles.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = cells;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)];
}

/** Names whoever could not be measured, with the reason. */
export function failures(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ subject, results }) =>
    measures.flatMap((measure) => {
      const outcome = results[measure];
      return 'notMeasured' in outcome ? [`${subject.name}: no ${measure}: ${outcome.notMeasured}.`] : [];
    }),
  );
}

function cellsOf({ subject, version, results }: Row): readonly string[] {
  const { speed, memory, accuracy } = results;
  return [
    subject.name,
    version,
    String(subject.limits),
    middle(speed, ({ sequentialPerSecond }) => sequentialPerSecond),
    middle(speed, ({ inFlightPerSecond }) => inFlightPerSecond),
    middle(memory, ({ bytesPerWaiter }) => bytesPerWaiter),
    middle(memory, ({ enqueueMs }) => enqueueMs, ' ms'),
    worst(accuracy, ({ saturated }) => saturated),
    worst(accuracy, ({ bursts }) => bursts),
    knownTo(subject.knows),
  ];
}

function middle<Figure>(
  outcome: readonly Figure[] | { readonly notMeasured: string },
  of: (figure: Figure) => number,
  unit = '',
): string {
  return 'notMeasured' in outcome ? '-' : `${count(median(outcome.map(of)))}${unit}`;
}

function worst(outcome: Outcome<'accuracy'>, of: (figure: Figures['accuracy']) => Worst): string {
  if ('notMeasured' in outcome) return '-';
  const most = (which: keyof Worst) => Math.max(...outcome.map((figure) => of(figure)[which]));
  return `${most('exact')} (${most('withSlack')})`;
}

function knownTo(knows: Subject['knows']): string {
  const known = abilities.flatMap((ability) => {
    if (knows[ability] === 'yes') return [ability];
    return knows[ability] === 'partly' ? [`(${ability})`] : [];
  });
  return known.join(', ') || '-';
}
