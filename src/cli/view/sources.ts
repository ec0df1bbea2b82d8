import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { rawBookFiles } from '../../../loadtest/otlp/raw-book.ts';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { isTraceFile } from '../../node/trace-file/file-name.ts';

/** Where traces are read from. */
export interface TraceSource {
  /** As people call it. */
  readonly name: string;
  /** The files that are there now, the newest last. */
  readonly files: () => readonly string[];
}

/** Of the application, of the command, of its mock, of the load test in this project and elsewhere. */
function placesIn(
  workingDirectory: string,
  dataDirectory: string,
  told: string | undefined,
): readonly string[] {
  return [
    ...(told ? [path.resolve(workingDirectory, told)] : []),
    path.join(dataDirectory, 'traces'),
    path.join(dataDirectory, 'mock', 'traces'),
    path.join(workingDirectory, 'loadtest', 'out'),
    path.join(workingDirectory, 'telltale-loadtest'),
  ];
}

/**
 * @param given a file or a directory. @default of the usual places, the one in which something was written last, and
 *   of the runs of a load test the last one
 * @param told what `TELLTALE_TRACE_DIRECTORY` says
 * @throws UsageError where it is not there; RunFailure where nothing was recorded
 */
export function findSource(
  given: string | undefined,
  workingDirectory: string,
  dataDirectory: string,
  told?: string,
): TraceSource {
  if (given !== undefined) return sourceAt(path.resolve(workingDirectory, given), given);
  const places = placesIn(workingDirectory, dataDirectory, told);
  const newest = places
    .flatMap((place) => filesIn(place).at(-1) ?? [])
    .toSorted((a, b) => changedMs(b) - changedMs(a))[0];
  if (newest === undefined) {
    const names = places.map((place) => shortened(place, workingDirectory)).join(', ');
    throw new RunFailure(
      `No traces were recorded here: there are none in ${names}. Try \`npx telltale chat --mock\`, or record your application's with start({ file: true }) of telltale/node.`,
    );
  }
  const place = path.dirname(newest);
  // What lies deeper are other runs.
  return { name: shortened(place, workingDirectory), files: () => filesIn(place, 0) };
}

function sourceAt(place: string, name: string): TraceSource {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(place).isDirectory();
  } catch (error) {
    throw new UsageError(
      `Cannot read \`${name}\`: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
    );
  }
  if (!isDirectory) return { name, files: () => [place] };
  if (filesIn(place).length === 0)
    throw new UsageError(`There are no traces in \`${name}\`: no file of OTLP/JSON lines (*.jsonl).`);
  return { name, files: () => filesIn(place) };
}

/** The trace files of a directory and of those in it, the newest last; where none has a name that is known, all `*.jsonl`. */
function filesIn(directory: string, depth = 2): readonly string[] {
  const all = jsonLinesIn(directory, depth);
  const known = all.filter(
    (file) => isTraceFile(path.basename(file)) || path.basename(file) === rawBookFiles.traces,
  );
  const files = known.length > 0 ? known : all;
  return files
    .map((file) => ({ file, atMs: changedMs(file) }))
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ file }) => file);
}

function jsonLinesIn(directory: string, depth: number): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const place = path.join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? jsonLinesIn(place, depth - 1) : [];
    return entry.isFile() && entry.name.endsWith('.jsonl') ? [place] : [];
  });
}

function changedMs(file: string): number {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

function shortened(place: string, workingDirectory: string): string {
  const relative = path.relative(workingDirectory, place);
  return relative.startsWith('..') || relative === '' ? place : relative;
}
