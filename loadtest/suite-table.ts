import { styleText } from 'node:util';
import type { SuiteResult, Turn } from './suite.ts';

/** A line for each turn, why those are not green that are not, and the verdict of all as its last line. */
export function suiteTable(
  { turns, green, files }: SuiteResult,
  shownPath: (file: string) => string,
): string {
  const rows = [
    ['', 'scenario', 'calls', 'invariants', 'conditions', 'took', 'report'],
    ...turns.map((turn) => cellsOf(turn, shownPath)),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
  const others = turns.filter(({ state }) => state !== 'green');
  return [
    styleText('bold', 'All turns'),
    ...lines,
    '',
    ...others.flatMap(({ scenario, state, reasons }) =>
      reasons.map((reason) => `  ${scenario} is ${state}: ${reason}`),
    ),
    ...(others.length === 0 ? [] : ['']),
    ...files.map((file) => `  ${shownPath(file)}`),
    '',
    green
      ? styleText(['green', 'bold'], `GREEN: all ${turns.length} scenarios`)
      : styleText(
          ['red', 'bold'],
          `RED: ${turns.length - others.length} of ${turns.length} scenarios are green`,
        ),
    '',
  ].join('\n');
}

function cellsOf(turn: Turn, shownPath: (file: string) => string): string[] {
  const { state, scenario, calls, invariants, conditions, tookMs, folder } = turn;
  return [
    state,
    scenario,
    calls.toLocaleString('en-US'),
    invariants,
    conditions,
    `${(tookMs / 1_000).toFixed(0)} s`,
    state === 'not run' || state === 'did not begin' ? '' : `${shownPath(folder)}/report.html`,
  ];
}
