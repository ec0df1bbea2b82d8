import { type Report, reportAsHtml, reportAsMarkdown } from '../../patterns/index.ts';
import type { AnalyzeRun, Failure } from './analyze-files.ts';
import type { TotalEstimate } from './ask.ts';
import type { Format } from './settings.ts';
import { terminalReport } from './terminal-report.ts';

/** What is written at the end: to the standard output, and to the file of `--out`. */
export function rendered(of: {
  readonly reports: readonly Report[];
  readonly failures: readonly Failure[];
  readonly estimate: TotalEstimate | undefined;
  readonly run: AnalyzeRun;
}): { readonly out: string; readonly file: string | undefined } {
  const { reports, failures, estimate, run } = of;
  const { settings, session, isJson } = run;
  const json = (): string => `${JSON.stringify({ reports, failures, estimate }, unknownAsNull, 2)}\n`;
  const inFormat = (format: Format): string => {
    if (format === 'json') return json();
    if (reports.length === 0) return '';
    if (format === 'html') return reportAsHtml(reports);
    if (format === 'markdown') return reportAsMarkdown(reports);
    return reports.map((report) => terminalReport(report, session.terminal)).join('\n');
  };
  const isTerminal = (session.terminal.out as Partial<NodeJS.WriteStream>).isTTY === true;
  const file = settings.out === undefined ? undefined : inFormat(settings.format ?? 'markdown');
  if (isJson) return { out: json(), file };
  if (file !== undefined) return { out: '', file };
  return { out: inFormat(settings.format ?? (isTerminal ? 'text' : 'markdown')), file };
}

/** What is not known is there, so that a program can look for it. */
function unknownAsNull(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
