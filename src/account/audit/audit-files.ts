import {
  appendFile,
  constants,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { lineOf, linesOf, readLine } from './audit-line.ts';
import { type AuditEntry, type DayBook, nameOf } from './day-book.ts';

/** `2026-11-28.3.jsonl`: the third that was begun that day. What a rewrite left behind ends in `.new`. */
const fileName = /^(\d{4}-\d{2}-\d{2})\.(\d+)\.jsonl(\.new)?$/;
/** Only the user of the process reads what others asked. */
const fileMode = 0o600;
const directoryMode = 0o700;
/** Not one that is not there: it would lack what was written before. */
const appendOnly = constants.O_WRONLY | constants.O_APPEND;
/** A file is written anew when it has this many times more lines than entries. */
const mostLinesPerEntry = 4;
const fewLines = 1_000;

/** A file as it is written to. */
interface OpenFile {
  readonly name: string;
  lines: number;
  /** True where the last write failed and may have left half a line. */
  isTorn: boolean;
}

/** Lines that are none of ours. */
export interface CorruptLines {
  readonly file: string;
  /** From 1. */
  readonly lines: readonly number[];
}

/**
 * The books of a directory. Each process begins files of its own, one a day, so that no two write to the same one and
 * none goes on behind what a crash left torn.
 */
export class AuditFiles {
  readonly #directory: string;
  readonly #files = new WeakMap<DayBook, OpenFile>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes what changed in a book. Where this fails it may be called again: nothing counts twice. */
  async write(book: DayBook, changed: readonly AuditEntry[]): Promise<void> {
    try {
      await this.#append(book, changed);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !this.#files.delete(book)) throw error;
      // Somebody has removed the file, or its directory. What was in it is still known.
      await this.#append(book, [...book.entries.values()]);
    }
  }

  async #append(book: DayBook, changed: readonly AuditEntry[]): Promise<void> {
    const file = this.#files.get(book) ?? (await this.#begin(book));
    if (file.lines + changed.length > Math.max(fewLines, mostLinesPerEntry * book.entries.size)) {
      await this.#rewrite(file, [...book.entries.values()]);
      return;
    }
    const text = changed.map(lineOf).join('');
    const isTorn = file.isTorn;
    file.isTorn = true;
    await appendFile(this.#path(file.name), isTorn ? `\n${text}` : text, { flag: appendOnly });
    file.isTorn = false;
    file.lines += changed.length;
  }

  /** All entries of the days from `from` to `to`, but for those of `own` books, which are newer in memory. */
  async *read(
    from: string,
    to: string,
    own: readonly DayBook[],
    found: (corrupt: CorruptLines) => void,
  ): AsyncGenerator<readonly [day: string, entry: AuditEntry]> {
    const ownNames = new Set(own.map((book) => this.#files.get(book)?.name));
    for (const { name, day, isLeftover } of await this.list()) {
      if (isLeftover || day < from || day > to || ownNames.has(name)) continue;
      for (const entry of await this.#readFile(name, found)) yield [day, entry];
    }
  }

  /** Removes the days before `first`. */
  async drop(first: string): Promise<void> {
    for (const { name, day } of await this.list())
      if (day < first) await rm(this.#path(name), { force: true });
  }

  async #begin(book: DayBook): Promise<OpenFile> {
    await mkdir(this.#directory, { recursive: true, mode: directoryMode });
    const taken = (await this.list()).flatMap(({ day, number }) => (day === book.day ? number : []));
    for (let number = Math.max(0, ...taken) + 1; ; number++) {
      const name = `${book.day}.${number}.jsonl`;
      try {
        await (await open(this.#path(name), 'wx', fileMode)).close();
      } catch (error) {
        // Another process was faster.
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
        throw error;
      }
      const file: OpenFile = { name, lines: 0, isTorn: false };
      this.#files.set(book, file);
      return file;
    }
  }

  async #rewrite(file: OpenFile, entries: readonly AuditEntry[]): Promise<void> {
    const target = this.#path(file.name);
    await writeFile(`${target}.new`, entries.map(lineOf).join(''), { mode: fileMode });
    await rename(`${target}.new`, target);
    file.lines = entries.length;
    file.isTorn = false;
  }

  /** By name: files of lines, and leftovers of rewrites. */
  async list() {
    const names = await readdir(this.#directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.sort().flatMap((name) => {
      const [, day, number, leftover] = fileName.exec(name) ?? [];
      return day === undefined
        ? []
        : [{ name, day, number: Number(number), isLeftover: leftover !== undefined }];
    });
  }

  async #readFile(name: string, found: (corrupt: CorruptLines) => void): Promise<Iterable<AuditEntry>> {
    const file = this.#path(name);
    const entries = new Map<string, AuditEntry>();
    const lines: number[] = [];
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // Another process has removed it meanwhile, because its day is not kept any more.
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    linesOf(text).forEach((line, at) => {
      if (line === '') return;
      const entry = readLine(line);
      if (entry) entries.set(nameOf(entry.key), entry);
      else lines.push(at + 1);
    });
    if (lines.length > 0) found({ file, lines });
    return entries.values();
  }

  #path(name: string): string {
    return path.join(this.#directory, name);
  }
}
