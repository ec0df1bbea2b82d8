/**
 * Who is to be told when a signal aborts. One listener for each signal, however many wait under it: thousands may share
 * one, and Node warns of a leak from the eleventh listener on.
 */
export class AbortWatch {
  readonly #told = new Map<AbortSignal, Set<() => void>>();
  readonly #listener = (event: Event): void => {
    const signal = event.target as AbortSignal;
    const told = this.#told.get(signal);
    this.#forget(signal);
    for (const tell of told ?? []) tell();
  };

  /** Returns the function that takes `tell` off again. */
  watch(signal: AbortSignal, tell: () => void): () => void {
    let told = this.#told.get(signal);
    if (!told) {
      told = new Set();
      this.#told.set(signal, told);
      signal.addEventListener('abort', this.#listener, { once: true });
    }
    told.add(tell);
    return () => {
      const known = this.#told.get(signal);
      if (known?.delete(tell) && known.size === 0) this.#forget(signal);
    };
  }

  #forget(signal: AbortSignal): void {
    this.#told.delete(signal);
    signal.removeEventListener('abort', this.#listener);
  }
}
