import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import type { TraceStore } from './trace-store.ts';
import { readLine } from './view-span.ts';

export interface ReadState {
  readonly files: number;
  /** Bytes of older lines that were left out, because there are so many. */
  readonly skippedBytes: number;
  /** Lines that are no OTLP/JSON, and spans without ids or times. */
  readonly unreadable: number;
  /** Files that are there and cannot be read: `name (CODE)`. */
  readonly unreadableFiles: readonly string[];
}

interface Followed {
  /** Up to here whole lines were read. */
  offset: number;
  /** Whether `offset` may lie within a line, whose rest is nothing. */
  isWithinLine: boolean;
  /** What stood in front of `offset`: with something else there, it is another file of the same name. */
  before: Buffer;
  /** Of the file when it was read last. */
  seen: string;
}

const chunkBytes = 1 << 20;
/** A line that is longer is skipped, so that one that never ends takes no memory without end. */
const longestLine = 64 << 20;
const lineFeed = 0x0a;
/** More than a span takes, so that its ids are in it. */
const mostBefore = 4_096;

/** Reads files of traces into a store, and then what is new in them. */
export class TraceReader {
  readonly #store: TraceStore;
  readonly #mostBytes: number;
  readonly #followed = new Map<string, Followed>();
  #skippedBytes = 0;
  #unreadable = 0;
  #unreadableFiles: readonly string[] = [];
  #hasBegun = false;

  /** @param mostBytes of the newest lines, which are read at first */
  constructor(store: TraceStore, mostBytes: number) {
    this.#store = store;
    this.#mostBytes = mostBytes;
  }

  get state(): ReadState {
    return {
      files: this.#followed.size,
      skippedBytes: this.#skippedBytes,
      unreadable: this.#unreadable,
      unreadableFiles: this.#unreadableFiles,
    };
  }

  /** @param files in order of time, the newest last */
  async refresh(files: readonly string[]): Promise<void> {
    const plan = await this.#plan(files);
    const unreadable: string[] = [];
    for (const [file, followed] of plan)
      try {
        await this.#readFrom(file, followed);
      } catch (error) {
        // Tried again next time. One that was deleted meanwhile is not missed.
        followed.seen = '';
        const { code = String(error) } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT') this.#followed.delete(file);
        else unreadable.push(`${path.basename(file)} (${code})`);
      }
    this.#unreadableFiles = unreadable;
    this.#store.trim();
  }

  /** Where each file is to be read from: at first the newest bytes of all, later what is new. */
  async #plan(files: readonly string[]): Promise<readonly (readonly [string, Followed])[]> {
    const plan: [string, Followed][] = [];
    const there = new Set<string>();
    let left = this.#hasBegun ? Number.POSITIVE_INFINITY : this.#mostBytes;
    this.#hasBegun = true;
    for (const file of files.toReversed()) {
      const found = await lookAt(file);
      if (!found) continue;
      const { size, seen } = found;
      there.add(file);
      let followed = this.#followed.get(file);
      // A file that became smaller was begun anew.
      if (!followed || size < followed.offset) {
        const offset = Math.max(0, size - left);
        followed = { offset, isWithinLine: offset > 0, before: Buffer.alloc(0), seen: '' };
        this.#skippedBytes += offset;
        this.#followed.set(file, followed);
      }
      left = Math.max(0, left - size);
      if (seen !== followed.seen) plan.push([file, followed]);
      followed.seen = seen;
    }
    for (const file of this.#followed.keys()) if (!there.has(file)) this.#followed.delete(file);
    return plan.toReversed();
  }

  async #readFrom(file: string, followed: Followed): Promise<void> {
    const handle = await open(file, 'r');
    try {
      const { before } = followed;
      if (before.length > 0 && !before.equals(await bytesBefore(handle, followed.offset))) {
        followed.offset = 0;
        followed.isWithinLine = false;
      }
      let rest: Buffer[] = [];
      let restBytes = 0;
      let position = followed.offset;
      for (;;) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        let from = 0;
        for (let end = buffer.indexOf(lineFeed); end !== -1 && end < bytesRead; ) {
          const line = Buffer.concat([...rest, buffer.subarray(from, end)]);
          rest = [];
          restBytes = 0;
          from = end + 1;
          if (followed.isWithinLine) followed.isWithinLine = false;
          else this.#take(line);
          followed.offset = position - bytesRead + from;
          end = buffer.indexOf(lineFeed, from);
        }
        // The end of the file may be a line that is being written: it is read again when there is more.
        rest.push(buffer.subarray(from, bytesRead));
        restBytes += bytesRead - from;
        if (restBytes > longestLine) {
          if (!followed.isWithinLine) this.#unreadable++;
          followed.isWithinLine = true;
          followed.offset = position;
          rest = [];
          restBytes = 0;
        }
      }
      // It may be whole, without an end. If it is not, it is no JSON.
      if (!followed.isWithinLine)
        for (const span of readLine(Buffer.concat(rest).toString('utf8'))?.spans ?? []) this.#store.add(span);
      followed.before = await bytesBefore(handle, followed.offset);
    } finally {
      await handle.close();
    }
  }

  #take(line: Buffer): void {
    const text = line.toString('utf8').trim();
    if (text === '') return;
    const read = readLine(text);
    if (!read) {
      this.#unreadable++;
      return;
    }
    this.#unreadable += read.unreadable;
    for (const span of read.spans) this.#store.add(span);
  }
}

/** Undefined for what is not there any more. */
async function lookAt(file: string): Promise<{ readonly size: number; readonly seen: string } | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? { size: found.size, seen: `${found.size} ${found.mtimeMs}` } : undefined;
  } catch {
    return undefined;
  }
}

async function bytesBefore(handle: FileHandle, offset: number): Promise<Buffer> {
  const length = Math.min(offset, mostBefore);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset - length);
  return buffer.subarray(0, bytesRead);
}
