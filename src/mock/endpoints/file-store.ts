import type { Refusal } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import { hexadecimal } from '../seeded.ts';
import type { World } from '../world.ts';

export interface StoredFile {
  readonly object: FileObject;
  readonly bytes: Buffer;
}

/** As the API shows it. */
export interface FileObject {
  readonly id: string;
  readonly object: 'file';
  readonly bytes: number;
  readonly created_at: number;
  readonly filename: string;
  readonly purpose: string;
  readonly status: 'processed';
  readonly expires_at?: number;
}

/** What a file is made from. */
export interface NewFile {
  readonly bytes: Buffer;
  readonly filename: string;
  readonly purpose: string;
  /** From its creation on. */
  readonly expiresAfterSeconds?: number | undefined;
}

/** What the mock keeps of files and of parts of uploads together: beyond it an upload is refused. */
const MOST_BYTES = 1024 * 1024 * 1024;
const MOST_FILES = 10_000;

/** Of bytes that are kept for something else than a file of the API, and not listed. */
export const HIDDEN_PURPOSE = 'hidden';

/** The files that were uploaded and not deleted, and those that batches made. What has expired is not there. */
export class FileStore {
  readonly #world: World;
  readonly #files = new Map<string, StoredFile>();
  #made = 0;
  #bytes = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** A file that is not kept yet. */
  make({ bytes, filename, purpose, expiresAfterSeconds }: NewFile): StoredFile {
    const createdAt = this.#nowSeconds();
    const id = `file-${hexadecimal(this.#world.seed, `file ${this.#made++}`, 24)}`;
    const object: FileObject = {
      id,
      object: 'file',
      bytes: bytes.length,
      created_at: createdAt,
      filename,
      purpose,
      status: 'processed',
      ...(expiresAfterSeconds === undefined ? {} : { expires_at: createdAt + expiresAfterSeconds }),
    };
    return { object, bytes };
  }

  keep(file: StoredFile): void {
    this.#files.set(file.object.id, file);
    this.#bytes += file.bytes.length;
  }

  get(id: string): StoredFile | undefined {
    this.#dropExpired();
    return this.#files.get(id);
  }

  /** In the order in which they were made. */
  list(): StoredFile[] {
    this.#dropExpired();
    return [...this.#files.values()].filter(({ object }) => object.purpose !== HIDDEN_PURPOSE);
  }

  delete(id: string): void {
    const file = this.#files.get(id);
    if (file && this.#files.delete(id)) this.#bytes -= file.bytes.length;
  }

  /** Why so many more bytes cannot be kept. */
  roomProblem(bytes: number): Refusal | undefined {
    this.#dropExpired();
    if (this.#bytes + bytes <= MOST_BYTES && this.#files.size < MOST_FILES) return undefined;
    const message = `This mock keeps at most ${MOST_FILES} files with ${MOST_BYTES} bytes together. Delete some of them.`;
    return refuse(400, message, 'file', 'storage_limit_exceeded');
  }

  /** Of parts that are not a file yet. */
  reserve(bytes: number): void {
    this.#bytes += bytes;
  }

  #dropExpired(): void {
    const now = this.#nowSeconds();
    for (const { object } of this.#files.values())
      if (object.expires_at !== undefined && object.expires_at <= now) this.delete(object.id);
  }

  #nowSeconds(): number {
    return Math.floor(this.#world.clock.epochMs() / 1_000);
  }
}

function createFileStore(world: World): FileStore {
  return new FileStore(world);
}

export function filesOf(world: World): FileStore {
  return world.part(createFileStore);
}
