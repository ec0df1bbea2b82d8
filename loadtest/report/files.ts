import { createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Books } from '../books/join.ts';
import { rawBookFiles } from '../otlp/raw-book.ts';
import { renderReport } from './html/index.ts';
import { markdownSummary } from './markdown/summary.ts';
import type { RunReport } from './model.ts';
import { verdictFileOf } from './verdict-file.ts';

/** Where the books of the bare client's turn go. */
export const bareFolder = 'bare';

const own = [
  'report.html',
  'run.json',
  'verdict.json',
  'summary.md',
  ...Object.values(rawBookFiles),
  'books',
  bareFolder,
];

/** Makes the folder, without what an earlier run left: an old report must never be taken for this run's. */
export function clearOutput(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of own) rmSync(path.join(directory, name), { recursive: true, force: true });
  mkdirSync(path.join(directory, 'books'));
  mkdirSync(path.join(directory, bareFolder, 'books'), { recursive: true });
}

/** Writes the three books, as the reconciliation read them. */
export async function writeBooks(directory: string, { k6, telemetry, mock }: Books): Promise<string[]> {
  const files = ['k6.json', 'telemetry.json', 'mock.json'].map((name) => path.join(directory, 'books', name));
  const [k6File = '', telemetryFile = '', mockFile = ''] = files;
  await writeRows(k6File, { cutShort: k6.cutShort, summary: k6.summary ?? null }, 'calls', k6.calls);
  await writeRows(
    telemetryFile,
    { openCalls: telemetry.openCalls ?? null, metrics: telemetry.metrics },
    'spans',
    telemetry.spans,
  );
  if (!mock) return [k6File, telemetryFile];
  await writeRows(mockFile, {}, 'requests', mock);
  return files;
}

/** An object whose last property is a long list, one line an item: a book may be longer than a string can be. */
async function writeRows(file: string, head: object, name: string, rows: readonly unknown[]): Promise<void> {
  function* text(): Generator<string> {
    const start = JSON.stringify(head).slice(0, -1);
    yield `${start}${start === '{' ? '' : ','}\n${JSON.stringify(name)}:[`;
    for (const [index, row] of rows.entries()) yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`;
    yield '\n]}\n';
  }
  await pipeline(Readable.from(text()), createWriteStream(file));
}

/** Where the user wants a copy. */
export interface Copies {
  readonly jsonFile?: string | undefined;
  readonly markdownFile?: string | undefined;
}

/** Writes the report as a page, as JSON whole and in short, and as Markdown; also where `--json` and `--markdown` say. */
export function writeReport(directory: string, report: RunReport, copies: Copies): string[] {
  const run = jsonOf(report);
  const summary = markdownSummary(report);
  const texts: (readonly [file: string, text: string])[] = [
    [path.join(directory, 'report.html'), renderReport(report)],
    [path.join(directory, 'run.json'), run],
    [path.join(directory, 'verdict.json'), jsonOf(verdictFileOf(report))],
    [path.join(directory, 'summary.md'), summary],
  ];
  if (copies.jsonFile !== undefined) texts.push([copies.jsonFile, run]);
  if (copies.markdownFile !== undefined) texts.push([copies.markdownFile, summary]);
  for (const [file, text] of texts) writeFileSync(file, text);
  return texts.map(([file]) => file);
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * Writes books and report. Where that fails, the run is red and says so: what was found is still there to be shown, and a
 * CI must not take the files of an earlier run for its own.
 */
export async function keepReport(
  directory: string,
  books: Books,
  report: RunReport,
  copies: Copies,
): Promise<{ readonly report: RunReport; readonly files: readonly string[] }> {
  try {
    const bookFiles = await writeBooks(directory, books);
    return { report, files: [...writeReport(directory, report, copies), ...bookFiles] };
  } catch (error) {
    if (!isOfTheSystem(error)) throw error;
    const { verdict } = report;
    const reasons = [...verdict.reasons, `the report could not be written: ${error.message}`];
    return { report: { ...report, verdict: { ...verdict, green: false, reasons } }, files: [] };
  }
}

/** Of a system call, such as one on a full disk: its message names the file. */
export function isOfTheSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
