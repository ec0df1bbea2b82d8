interface Entry<T> {
  readonly key: string;
  /** Undefined once it is gone. */
  value: T | undefined;
  bytes: number;
}

/** A map that holds at most so many entries of so many bytes in all: beyond that the oldest go. */
export class BoundedMap<T extends NonNullable<unknown>> {
  readonly #mostEntries: number;
  readonly #mostBytes: number;
  readonly #held = new Map<string, Entry<T>>();
  /**
   * By age, those that are gone among them: the first key of a map that many were deleted from is slow to find.
   */
  #order: Entry<T>[] = [];
  #head = 0;
  #bytes = 0;

  constructor(mostEntries: number, mostBytes: number) {
    this.#mostEntries = mostEntries;
    this.#mostBytes = mostBytes;
  }

  get(key: string): T | undefined {
    return this.#held.get(key)?.value;
  }

  /** `bytes`: about how much it holds. */
  set(key: string, value: T, bytes: number): void {
    this.delete(key);
    const entry: Entry<T> = { key, value, bytes };
    this.#held.set(key, entry);
    this.#order.push(entry);
    this.#bytes += bytes;
    this.#shrink();
  }

  /** Says that an entry holds so much more, or less. */
  grow(key: string, bytes: number): void {
    const entry = this.#held.get(key);
    if (!entry) return;
    entry.bytes += bytes;
    this.#bytes += bytes;
    this.#shrink();
  }

  delete(key: string): boolean {
    const entry = this.#held.get(key);
    if (!entry) return false;
    this.#bytes -= entry.bytes;
    entry.value = undefined;
    this.#held.delete(key);
    this.#compact();
    return true;
  }

  /** The oldest first. */
  *values(): Generator<T> {
    for (const { value } of this.#held.values()) if (value !== undefined) yield value;
  }

  #shrink(): void {
    while (this.#held.size > this.#mostEntries || this.#bytes > this.#mostBytes) {
      const oldest = this.#order[this.#head++];
      if (!oldest) return;
      if (this.#held.get(oldest.key) === oldest) this.delete(oldest.key);
    }
  }

  /** Lets go of what is gone, once that is the most of it. */
  #compact(): void {
    if (this.#order.length < 2 * this.#held.size + 64) return;
    this.#order = [...this.#held.values()];
    this.#head = 0;
  }
}
