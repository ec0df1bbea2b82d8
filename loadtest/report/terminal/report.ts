import { styleText } from 'node:util';
import { count, duration, difference as exact, share, ungrouped } from '../format.ts';
import type { Invariant, RunReport } from '../model.ts';
import { oneLine } from '../plain-text.ts';
import { generatorLines, telemetryLines } from '../sentences.ts';
import { stateOf } from '../state.ts';
import {
  callsOf,
  earlierTable,
  errorsTable,
  goodputTable,
  latencyTable,
  modelsTable,
  sidesTable,
  wastedTable,
} from '../text-tables.ts';
import { heading, table, wrapped } from './layout.ts';

/** The report as tables that a person can read, the most important first; the verdict is its last line. */
export function terminalReport(report: RunReport, files: readonly string[]): string {
  const { header, serviceLevel, errors, wasted, thresholds } = report;
  const { wholeMs, firstTokenMs } = serviceLevel;
  return [
    ...partialLines(report),
    ...(report.notes ?? []).flatMap((note) => wrapped(`note: ${note}`, '')),
    ...(report.notes ? [''] : []),
    heading('Goodput'),
    ...wrapped(
      `good = answered within ${duration(wholeMs)}, of streams the first token within ${duration(firstTokenMs)}; wasted in tokens`,
    ),
    ...table(goodputTable(report)),
    '',
    ...sideLines(report),
    ...earlierLines(report),
    heading(
      report.source === 'telemetry'
        ? 'Reconciliation of the three books: k6, telemetry, provider’s ledger'
        : 'Reconciliation of the books there are: k6, provider’s ledger',
    ),
    ...(report.invariants.length === 0
      ? ['  nothing was judged']
      : report.invariants.flatMap(invariantLines)),
    '',
    heading('Thresholds'),
    ...table({
      headings: ['', 'metric', 'must be', 'was'],
      rows: thresholds.map(({ ok, name, expression, measured }) => [mark(ok), name, expression, measured]),
      figuresFrom: 3,
    }),
    '',
    heading('How long calls took'),
    ...table(latencyTable(report)),
    '',
    heading('What went wrong, by what became of the call'),
    ...table(errorsTable(report)),
    ...(errors.length === 0 || wasted.length === 0 ? [] : ['']),
    ...(wasted.length === 0 ? [] : table(wastedTable(report))),
    '',
    heading('Models'),
    ...table(modelsTable(report)),
    '',
    heading('Load generator'),
    ...generatorLines(report).flatMap((line) => wrapped(line)),
    heading('Telemetry'),
    ...telemetryLines(report).flatMap((line) => wrapped(line)),
    '',
    ...wrapped(
      `scenario ${header.scenario}, seed ${ungrouped(header.seed)}, ${Object.entries(header.versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}, on ${header.machine}`,
    ),
    ...files.map((file) => `  ${file}`),
    '',
    verdictLine(report),
    '',
  ]
    .join('\n')
    .replaceAll('\u00a0', ' ');
}

function partialLines({ header, measuredMs }: RunReport): string[] {
  if (!header.partial) return [];
  const told = `PARTIAL: cut short after ${duration(measuredMs)} of ${duration(header.durationMs)}; the figures cover only that.`;
  return [styleText(['yellow', 'bold'], told), ''];
}

function sideLines(report: RunReport): string[] {
  const sides = sidesTable(report);
  if (!sides) return [];
  const { comparison } = report;
  return [heading('Side by side'), ...(comparison ? wrapped(comparison.says) : []), ...table(sides), ''];
}

function earlierLines({ earlier }: RunReport): string[] {
  if (!earlier) return [];
  return [
    heading(`Against the run of ${oneLine(earlier.startedAt)}, which was ${oneLine(earlier.verdict)}`),
    ...wrapped(
      `worse = by more than ${share(earlier.tolerance, 1)} of the earlier figure, and more than noise; ${earlier.file}`,
    ),
    ...earlier.notes.flatMap((note) => wrapped(`note: ${note}`)),
    ...table(earlierTable(earlier)),
    '',
  ];
}

/** The verdict and why, in one line. */
export function verdictLine(report: RunReport): string {
  const { verdict, invariants } = report;
  const state = stateOf(report);
  if (state !== 'green') {
    const partial = report.header.partial && state !== 'partial' ? ' (partial)' : '';
    const why = verdict.reasons.map(oneLine).join('; ');
    return styleText(['red', 'bold'], `${state.toUpperCase()}${partial}: ${why}`);
  }
  const ids = invariants.map(({ id }) => oneLine(id)).join(', ');
  return styleText(
    ['green', 'bold'],
    `GREEN: ${count(callsOf(report))} calls, none dropped, every threshold held, every difference is 0 (${ids})`,
  );
}

function invariantLines({
  id,
  title,
  counts,
  difference,
  broken = [],
  notes,
  examples,
}: Invariant): string[] {
  const under = ' '.repeat(10);
  const books = counts.map(({ book, value }) => `${book}: ${value}`);
  const said = [...books, `difference: ${exact(difference)}`];
  return [
    ...wrapped(title, `  ${mark(difference === 0)} ${oneLine(id).padEnd(3)} `, under),
    // Where books differ, one under the other is how they are read.
    ...(difference === 0 ? wrapped(said.join('; '), under) : said.flatMap((line) => wrapped(line, under))),
    ...broken.flatMap((how) => wrapped(`broken: ${how}`, under)),
    ...notes.flatMap((note) => wrapped(`note: ${note}`, under)),
    ...examples.flatMap((example) => wrapped(`e.g. ${example}`, under)),
  ];
}

function mark(ok: boolean): string {
  return ok ? 'ok ' : 'BAD';
}
