/** A map that holds at most so many entries of so many bytes in all: beyond that the oldest go. */
export class BoundedMap<T> {
  readonly #mostEntries: number;
  readonly #mostBytes: number;
  readonly #held = new Map<string, { readonly value: T; bytes: number }>();
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
    this.#held.set(key, { value, bytes });
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
    return this.#held.delete(key);
  }

  *values(): Generator<T> {
    for (const { value } of this.#held.values()) yield value;
  }

  #shrink(): void {
    for (const key of this.#held.keys()) {
      if (this.#held.size <= this.#mostEntries && this.#bytes <= this.#mostBytes) return;
      this.delete(key);
    }
  }
}
