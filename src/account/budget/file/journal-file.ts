import { closeSync, fdatasync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Appends to a file, and replaces the whole of it at once. What it throws is of the file system. */
export class JournalFile {
  readonly #path: string;
  #file: number | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  bytes = 0;

  constructor(filePath: string) {
    this.#path = filePath;
  }

  /** Hands a line to the operating system: from then on it survives this process, however that ends. */
  append(line: string): void {
    if (this.#file === undefined) throw new Error('the file is not open');
    const bytes = Buffer.from(line);
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#file, bytes, written);
    this.bytes += bytes.length;
  }

  /** Resolves when all that was appended so far is on the disk. Those who wait at the same time wait for one `fdatasync`. */
  synced(): Promise<void> {
    // One that is under way may have begun before what was appended last.
    this.#next ??= (this.#running ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        const file = this.#file;
        const running = new Promise<void>((resolve, reject) => {
          // A file that was closed meanwhile has been written anew, to the disk.
          if (file === undefined) resolve();
          else fdatasync(file, (error) => (error ? reject(error) : resolve()));
        });
        this.#running = running;
        return running;
      });
    return this.#next;
  }

  /** Puts new content in the place of the old: a crash leaves one or the other whole, on the disk. */
  replace(content: string): void {
    const beside = `${this.#path}.new`;
    const file = openSync(beside, 'w', 0o600);
    const bytes = Buffer.from(content);
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
      fsyncSync(file);
      renameSync(beside, this.#path);
      syncDirectory(path.dirname(this.#path));
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.#closeFile();
    // The same file, under its new name.
    this.#file = file;
    this.bytes = bytes.length;
  }

  async close(): Promise<void> {
    try {
      await this.synced();
    } finally {
      this.#closeFile();
    }
  }

  #closeFile(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    // An `fdatasync` of it may be under way.
    const close = (): void => {
      try {
        closeSync(file);
      } catch {
        // What was in it is in the new one.
      }
    };
    if (this.#running) this.#running.then(close, close);
    else close();
  }
}

/** So that a rename is on the disk too. Windows opens no directories, and needs no such thing. */
function syncDirectory(directory: string): void {
  let file: number;
  try {
    file = openSync(directory, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } catch {
    // A file system that cannot do it for directories has no way to.
  } finally {
    closeSync(file);
  }
}
