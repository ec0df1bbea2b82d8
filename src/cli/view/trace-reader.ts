import { open, stat } from 'node:fs/promises';
import type { TraceStore } from './trace-store.ts';
import { readLine } from './view-span.ts';

export interface ReadState {
  readonly files: number;
  /** Bytes of older lines that were left out, because there are so many. */
  readonly skippedBytes: number;
  /** Lines that are no OTLP/JSON, and spans without ids or times. */
  readonly unreadable: number;
}

interface Followed {
  /** Up to here whole lines were read. */
  offset: number;
  /** Whether `offset` may lie within a line, whose rest is nothing. */
  isWithinLine: boolean;
}

const chunkBytes = 1 << 20;
/** A line that is longer is skipped, so that one that never ends takes no memory without end. */
const longestLine = 64 << 20;
const lineFeed = 0x0a;

/** Reads files of traces into a store, and then what is new in them. */
export class TraceReader {
  readonly #store: TraceStore;
  readonly #mostBytes: number;
  readonly #followed = new Map<string, Followed>();
  #skippedBytes = 0;
  #unreadable = 0;
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
    };
  }

  /** @param files in order of time, the newest last */
  async refresh(files: readonly string[]): Promise<void> {
    for (const [file, followed] of await this.#plan(files)) await this.#readFrom(file, followed);
    this.#store.trim();
  }

  /** Where each file is to be read from: at first the newest bytes of all, later what is new. */
  async #plan(files: readonly string[]): Promise<readonly (readonly [string, Followed])[]> {
    const plan: [string, Followed][] = [];
    let left = this.#hasBegun ? Number.POSITIVE_INFINITY : this.#mostBytes;
    this.#hasBegun = true;
    for (const file of files.toReversed()) {
      const size = await sizeOf(file);
      if (size === undefined) continue;
      let followed = this.#followed.get(file);
      // A file that became smaller was begun anew.
      if (!followed || size < followed.offset) {
        const offset = Math.max(0, size - left);
        followed = { offset, isWithinLine: offset > 0 };
        this.#skippedBytes += offset;
        this.#followed.set(file, followed);
      }
      left = Math.max(0, left - size);
      if (size > followed.offset) plan.push([file, followed]);
    }
    return plan.toReversed();
  }

  async #readFrom(file: string, followed: Followed): Promise<void> {
    const handle = await open(file, 'r');
    try {
      let rest: Buffer[] = [];
      let restBytes = 0;
      let position = followed.offset;
      for (;;) {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(chunkBytes), 0, chunkBytes, position);
        if (bytesRead === 0) return;
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
async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
