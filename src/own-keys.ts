const most = 64;
/** Shorter ones are not guessed by anybody, and are words: `any`, `EMPTY`, `lm-studio`. */
const shortest = 16;

export const redactedKey = '[redacted api key]';

/**
 * Keys that requests of this process left with, the last 64 of them: the only way to know a key again that has no form of its
 * own. A word that came from outside is looked through for each, which is a few comparisons where it is not longer than a key.
 */
export class OwnKeys {
  readonly #keys = new Set<string>();
  /** What was added last, as it was given: nearly every request has the key of the one before. */
  #last: string | undefined;
  #shortest = Number.POSITIVE_INFINITY;
  /** How often a key has come that was not known. */
  generation = 0;

  /** Takes the keys from the headers with which a request leaves. */
  addFrom(headers: Headers): void {
    this.#addHeader(headers.get('authorization'));
    this.#addHeader(headers.get('api-key'));
  }

  #addHeader(value: string | null): void {
    if (value === null || this.#last === value) return;
    this.#last = value;
    this.add(value.replace(/^\w{1,20} /, ''));
  }

  add(key: string): void {
    if (key.length < shortest) return;
    const isKnown = this.#keys.delete(key);
    this.#keys.add(key);
    if (isKnown) return;
    const [oldest] = this.#keys;
    if (this.#keys.size > most && oldest !== undefined) this.#keys.delete(oldest);
    this.#shortest = Math.min(this.#shortest, key.length);
    this.generation++;
  }

  /** The text with each of the keys replaced. */
  without(text: string): string {
    if (text.length < this.#shortest) return text;
    let shown = text;
    let found: string[] | undefined;
    for (const key of this.#keys) {
      if (key.length > text.length || !text.includes(key)) continue;
      found ??= [];
      found.push(key);
    }
    // One may be the beginning of another.
    found?.sort((a, b) => b.length - a.length);
    for (const key of found ?? []) shown = shown.replaceAll(key, redactedKey);
    return shown;
  }
}

/** Of this process: what one client was sent with, another may be told. */
export const ownKeys = new OwnKeys();
