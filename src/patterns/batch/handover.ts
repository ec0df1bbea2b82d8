interface Offer<T> {
  readonly value: T;
  readonly taken: () => void;
}

/**
 * Hands values from those who have them to one reader, each when the one before it was dealt with: nothing is piled up, and
 * whoever gives knows what is done.
 */
export class Handover<T> {
  readonly #offers: Offer<T>[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake = (): void => undefined;

  /** Resolves when the reader has dealt with it. Never, where nobody reads. */
  async give(value: T): Promise<void> {
    await new Promise<void>((taken) => {
      this.#offers.push({ value, taken });
      this.#wake();
    });
  }

  /** Nothing more comes. Only the first time counts. */
  end(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    this.#wake();
  }

  /** What a reader leaves in the middle is given to the next one again. */
  async *read(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const offer = this.#offers[0];
      if (offer) {
        yield offer.value;
        this.#offers.shift();
        offer.taken();
      } else if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
