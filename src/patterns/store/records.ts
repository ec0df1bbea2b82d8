import { TelltaleError } from '../../errors.ts';
import { asObject } from '../../json.ts';
import { checkRecordId } from './record-checks.ts';
import { recordDamaged, recordNewer } from './record-faults.ts';
import type { HoldOptions, RecordHold, RecordInfo, RecordStore } from './record-store.ts';

/** What one pattern keeps. */
export interface RecordKind<T> {
  /** Before the id in the store, so that several patterns can share one: `conversation`. */
  readonly name: string;
  /** Of the form of its values, from 1. Older ones are given to `read` as they are. */
  readonly version: number;
  /** Gives what was stored in its present form; throws where that is no such value. */
  readonly read: (value: Readonly<Record<string, unknown>>, version: number) => T;
}

export interface ReadRecord<T> {
  readonly value: T;
  readonly revision: string;
}

/** The records of one pattern in a store, as values of its own type. */
export class Records<T extends object> {
  readonly #store: RecordStore;
  readonly #kind: RecordKind<T>;

  constructor(store: RecordStore, kind: RecordKind<T>) {
    this.#store = store;
    this.#kind = kind;
  }

  /** @throws TelltaleError `record_damaged`, `record_newer` */
  async read(id: string): Promise<ReadRecord<T> | undefined> {
    const stored = await this.#store.read(this.#nameOf(id));
    if (!stored) return undefined;
    const { value, revision } = stored;
    const { version, ...fields } = asObject(value) ?? {};
    if (!isVersion(version)) throw recordDamaged(id, 'it has no version');
    if (version > this.#kind.version) throw recordNewer(id, version, this.#kind.version);
    try {
      return { value: this.#kind.read(fields, version), revision };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw recordDamaged(id, why, cause);
    }
  }

  /** @throws TelltaleError `record_conflict`, `record_newer` */
  async write(id: string, value: T, revision?: string | null): Promise<string> {
    // Who gives a revision has read it.
    if (revision === undefined) await this.#checkNotNewer(id);
    return await this.#store.write(this.#nameOf(id), { ...value, version: this.#kind.version }, revision);
  }

  async delete(id: string): Promise<boolean> {
    return await this.#store.delete(this.#nameOf(id));
  }

  async list(): Promise<readonly RecordInfo[]> {
    const prefix = this.#prefix;
    const all = await this.#store.list(prefix);
    return all.map(({ id, changedMs }) => ({ id: id.slice(prefix.length), changedMs }));
  }

  /** @throws TelltaleError `record_locked` */
  async hold(id: string, options?: HoldOptions): Promise<RecordHold> {
    return await this.#store.hold(this.#nameOf(id), options);
  }

  async #checkNotNewer(id: string): Promise<void> {
    try {
      await this.read(id);
    } catch (error) {
      // A damaged one is to be replaced.
      if (!(error instanceof TelltaleError && error.code === 'record_damaged')) throw error;
    }
  }

  get #prefix(): string {
    return `${this.#kind.name}/`;
  }

  #nameOf(id: string): string {
    return `${this.#prefix}${checkRecordId(id, 256 - this.#prefix.length)}`;
  }
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
