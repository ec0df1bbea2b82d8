import { styleText } from 'node:util';
import type { Invariant, PhaseRow, RunReport } from './model.ts';

/** The report as a table that a person can read; the verdict is its last line. */
export function terminalReport(report: RunReport, files: readonly string[]): string {
  const { header, rows, errors, models, invariants, thresholds, telemetry, comparison } = report;
  return [
    heading(header.partial ? 'Calls until the run was cut short' : 'Calls'),
    ...table(rowHeadings, rows.map(rowCells)),
    '',
    ...(comparison === undefined ? [] : comparisonLines(comparison)),
    heading('What went wrong, by what became of the call'),
    ...(errors.length === 0
      ? ['  nothing']
      : table(
          ['error', 'outcome of the call', 'calls', 'attempts'],
          errors.map(({ errorType, outcome, calls, attempts }) => [
            errorType,
            outcome,
            whole(calls),
            whole(attempts),
          ]),
        )),
    '',
    heading('Models'),
    ...table(
      ['model', 'calls', 'in', 'cached', 'out', 'reasoning', 'cost'],
      models.map((row) => [
        row.model,
        whole(row.calls),
        whole(row.inputTokens),
        whole(row.cachedTokens),
        whole(row.outputTokens),
        whole(row.reasoningTokens),
        usd(row.costUsd),
      ]),
    ),
    '',
    heading('Thresholds'),
    ...table(
      ['', 'metric', 'must be', 'was'],
      thresholds.map(({ ok, name, expression, measured }) => [mark(ok), name, expression, measured]),
    ),
    '',
    heading('Reconciliation of the three books: k6, telemetry, provider’s ledger'),
    ...invariants.flatMap(invariantLines),
    '',
    `  ${whole(telemetry.spans)} spans and ${whole(telemetry.metricPoints)} metric points received` +
      (telemetry.exportFailures === 0
        ? ''
        : `, ${whole(telemetry.exportFailures)} bodies not taken by the collector`),
    `  seed ${header.seed}, ${Object.entries(header.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}, on ${header.machine}`,
    ...files.map((file) => `  ${file}`),
    '',
    verdictLine(report),
    '',
  ].join('\n');
}

function comparisonLines({ says, rows }: NonNullable<RunReport['comparison']>): string[] {
  const cells = rows.map(({ figure, bare, wrapped }) => [figure, bare, wrapped]);
  return [heading('Side by side'), `  ${says}`, ...table(['', 'bare client', 'wrapped'], cells), ''];
}

/** The verdict and why, in one line. */
export function verdictLine({ verdict, invariants, rows }: RunReport): string {
  if (!verdict.green) {
    return styleText(['red', 'bold'], `${verdict.void ? 'VOID' : 'RED'}: ${verdict.reasons.join('; ')}`);
  }
  const calls = rows.filter(({ phase }) => phase === 'all').reduce((sum, { offered }) => sum + offered, 0);
  const ids = invariants.map(({ id }) => id).join(', ');
  return styleText(
    ['green', 'bold'],
    `GREEN: ${whole(calls)} calls, none dropped, every threshold held, every difference is 0 (${ids})`,
  );
}

const rowHeadings = [
  'phase',
  'kind',
  'offered',
  'ok',
  'failed',
  'att/call',
  'p50',
  'p95',
  'p99 ms',
  '1st p50',
  'p95 ms',
  'tokens in',
  'out',
  'cost',
  'backoff',
];

function rowCells(row: PhaseRow): string[] {
  const { firstChunkP50Ms: p50, firstChunkP95Ms: p95 } = row;
  return [
    row.phase,
    row.kind,
    whole(row.offered),
    whole(row.succeeded),
    whole(row.failed),
    row.attemptsPerCall.toFixed(2),
    whole(row.p50Ms),
    whole(row.p95Ms),
    whole(row.p99Ms),
    p50 === undefined ? '' : whole(p50),
    p95 === undefined ? '' : whole(p95),
    whole(row.inputTokens),
    whole(row.outputTokens),
    usd(row.costUsd),
    `${(row.backoffMs / 1_000).toFixed(1)} s`,
  ];
}

function invariantLines({ id, title, counts, difference, notes, examples }: Invariant): string[] {
  return [
    `  ${mark(difference === 0)} ${id}  ${title}`,
    ...counts.map(({ book, value }) => `          ${book}: ${value}`),
    `          difference: ${whole(difference)}`,
    ...notes.map((note) => `          note: ${note}`),
    ...examples.map((example) => `          e.g. ${example}`),
  ];
}

/** Columns as wide as their widest cell; the first two columns of words to the left, figures to the right. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  return all.map((cells) =>
    `  ${cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isFigure = rows.every((row) => /^[\d$]|^$/.test(row[column] ?? ''));
        return isFigure && rows.length > 0 ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')}`.trimEnd(),
  );
}

function heading(text: string): string {
  return styleText('bold', text);
}

function mark(ok: boolean): string {
  return ok ? 'ok ' : 'BAD';
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function usd(value: number): string {
  return `$${value.toFixed(6)}`;
}
