import { closeSync, fstatSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../../clock.ts';
import { makeDataDirectory } from '../../patterns/store/file/data-directory.ts';
import { atMostOnceAMinute } from '../diagnostics.ts';
import { isTraceFile, traceFileName } from './file-name.ts';

export interface TraceFilesOptions {
  readonly directory: string;
  /** A file that would become larger is followed by another one. */
  readonly maxFileBytes: number;
  /** The oldest ones in the directory are deleted, of other processes too. */
  readonly maxFiles: number;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** How a write of so many spans went. */
  readonly written?: (spans: number, isOk: boolean) => void;
}

/** What is not written yet waits so long for more, and is no longer than this. */
const waitMs = 100;
const longBuffer = 65_536;
/** After a failure nothing is tried for so long. */
const pauseMs = 5_000;

/**
 * Lines in files of a directory, which this process makes for itself: one, and another when that is full. Lines wait for
 * 100 ms at most, and are written synchronously, at the end of the process too, so that only a process that is killed loses
 * any. What cannot be written is dropped with a warning, and never felt.
 */
export class TraceFiles {
  readonly #options: TraceFilesOptions;
  readonly #warn: (matter: string, message: string) => void;
  #pending: string[] = [];
  #pendingChars = 0;
  #pendingSpans = 0;
  #cancelTimer: (() => void) | undefined;
  #file: { readonly fd: number; readonly name: string; bytes: number } | undefined;
  /** Whether the file ends in a part of a line. */
  #isTorn = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;
  readonly #atExit = (): void => this.flush();

  constructor(options: TraceFilesOptions) {
    this.#options = options;
    this.#warn = atMostOnceAMinute(options.clock, options.warn);
  }

  /** Takes a line, without its end, that holds so many spans. */
  append(line: string, spans: number): void {
    if (this.#isClosed) return;
    if (this.#pending.length === 0) this.#expect();
    this.#pending.push(`${line}\n`);
    this.#pendingChars += line.length;
    this.#pendingSpans += spans;
    if (this.#pendingChars >= longBuffer) this.flush();
  }

  /** Writes what is there. */
  flush(): void {
    this.#expectNothing();
    const lines = this.#pending;
    const spans = this.#pendingSpans;
    this.#pending = [];
    this.#pendingChars = 0;
    this.#pendingSpans = 0;
    if (lines.length === 0) return;
    const isOk = this.#options.clock.nowMs() >= this.#pausedUntilMs && this.#tryWrite(lines);
    this.#options.written?.(spans, isOk);
  }

  /** Writes what is there; nothing is taken any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    this.flush();
    this.#isClosed = true;
    this.#closeFile();
  }

  #expect(): void {
    this.#cancelTimer = this.#options.clock.schedule(() => this.flush(), waitMs, 'housekeeping');
    process.once('exit', this.#atExit);
  }

  #expectNothing(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    process.removeListener('exit', this.#atExit);
  }

  #tryWrite(lines: readonly string[]): boolean {
    try {
      for (const block of blocksOf(lines, this.#options.maxFileBytes)) this.#write(block);
      return true;
    } catch (error) {
      this.#pausedUntilMs = this.#options.clock.nowMs() + pauseMs;
      const reason = error instanceof Error ? error.message.split(', ')[0] : String(error);
      this.#warn(
        'write',
        `Traces could not be written to ${this.#options.directory}: ${reason}. They are dropped, and nothing else is affected. (Said at most once a minute.)`,
      );
      return false;
    }
  }

  #write(block: Buffer): void {
    const { maxFileBytes } = this.#options;
    let file = this.#file;
    // Somebody cleaned up, or another process took it for the oldest.
    const isGone = file !== undefined && fstatSync(file.fd).nlink === 0;
    if (file && (isGone || (file.bytes > 0 && file.bytes + block.length > maxFileBytes))) {
      this.#closeFile();
      file = undefined;
    }
    file ??= this.#openFile();
    const bytes = this.#isTorn ? Buffer.concat([Buffer.from('\n'), block]) : block;
    this.#isTorn = true;
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(file.fd, bytes, at);
      file.bytes += written;
      at += written;
    }
    this.#isTorn = false;
  }

  #openFile() {
    const { directory, maxFiles, clock } = this.#options;
    makeDataDirectory(directory);
    const { fd, name } = openNew(directory, clock.epochMs());
    this.#isTorn = false;
    this.#file = { fd, name, bytes: 0 };
    deleteOldest(directory, maxFiles, name);
    return this.#file;
  }

  #closeFile(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }
}

/** Whole lines together, as far as they fit into one file. */
function blocksOf(lines: readonly string[], mostBytes: number): readonly Buffer[] {
  const blocks: Buffer[][] = [];
  let bytes = 0;
  for (const line of lines) {
    const buffer = Buffer.from(line);
    const block = blocks.at(-1);
    if (block && bytes + buffer.length <= mostBytes) {
      block.push(buffer);
      bytes += buffer.length;
    } else {
      blocks.push([buffer]);
      bytes = buffer.length;
    }
  }
  return blocks.map((block) => Buffer.concat(block));
}

/** A file that was not there, readable by its owner only. */
function openNew(directory: string, epochMs: number): { readonly fd: number; readonly name: string } {
  for (let serial = 1; ; serial++) {
    const name = traceFileName(epochMs, process.pid, serial);
    try {
      return { fd: openSync(path.join(directory, name), 'ax', 0o600), name };
    } catch (error) {
      // Another thread of this process, or this one a moment ago.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** By their last write, and not by their beginning: a process that runs for long may still write to its first file. */
function deleteOldest(directory: string, most: number, own: string): void {
  const names = readdirSync(directory).filter((name) => isTraceFile(name) && name !== own);
  const excess = names.length + 1 - most;
  if (excess <= 0) return;
  const oldest = names
    .map((name) => ({ file: path.join(directory, name), name }))
    .map((one) => ({ ...one, atMs: statSync(one.file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .toSorted((a, b) => a.atMs - b.atMs || (a.name < b.name ? -1 : 1))
    .slice(0, excess);
  for (const { file } of oldest) rmSync(file, { force: true });
}
