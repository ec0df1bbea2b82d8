/** A value as it is stored. */
export interface StoredRecord {
  /** JSON. */
  readonly value: unknown;
  /** Changes with every write. */
  readonly revision: string;
}

/** What is known of a record without reading it. */
export interface RecordInfo {
  readonly id: string;
  /** When it was last written: milliseconds since 1970. */
  readonly changedMs: number;
}

/** That nobody else works on a record, in this process or another. */
export interface RecordHold {
  /** Lets the next one have it. Only the first time counts; never throws. */
  release(): Promise<void>;
}

/** How long is waited for a record that somebody else holds. */
export interface HoldOptions {
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** The longest wait in milliseconds; 0 does not wait. @default 30_000 */
  readonly waitMs?: number;
}

/**
 * Where the patterns keep what must survive a restart: conversations, jobs, batches, analyses. A record is written whole or
 * not at all, and one that is damaged keeps nobody from the others. Several processes may share a store.
 */
export interface RecordStore {
  /**
   * @param id 1 to 256 characters, any
   * @returns undefined where there is none
   * @throws TelltaleError `record_damaged`, `record_newer`
   */
  read(id: string): Promise<StoredRecord | undefined>;
  /**
   * @param value JSON
   * @param revision the one that it replaces, `null` where there must be none yet; without it, whatever is there is replaced
   * @returns the new revision, which no other write has had or will have
   * @throws TelltaleError `record_conflict` where another revision is there; `record_newer`; `record_damaged` where a
   * revision was given and what is there cannot be read
   */
  write(id: string, value: unknown, revision?: string | null): Promise<string>;
  /** @returns whether there was one */
  delete(id: string): Promise<boolean>;
  /** Those whose id begins with `prefix`, the one that was written last first; damaged ones too. */
  list(prefix?: string): Promise<readonly RecordInfo[]>;
  /**
   * Waits until nobody else holds the record, which need not exist. What a process held that was killed is free again:
   * at once where that can be seen, else after a minute at most.
   *
   * @throws TelltaleError `record_locked` after `waitMs`; the reason of `signal`
   */
  hold(id: string, options?: HoldOptions): Promise<RecordHold>;
}
