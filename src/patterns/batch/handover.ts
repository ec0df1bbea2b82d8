import { TelltaleError } from '../../errors.ts';

interface Offer<T> {
  readonly value: T;
  readonly taken: () => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Hands values from those who have them to one reader, each when the one before it was dealt with: nothing is piled up, and
 * whoever gives knows what is done.
 */
export class Handover<T> {
  #offers: Offer<T>[] = [];
  #end: { readonly error?: unknown } | undefined;
  #isRead = false;
  #wake = (): void => undefined;

  /**
   * Resolves when the reader has dealt with it. Never, where nobody reads.
   *
   * @throws what `fail` is given meanwhile
   */
  async give(value: T): Promise<void> {
    await new Promise<void>((taken, refuse) => {
      this.#offers.push({ value, taken, refuse });
      this.#wake();
    });
  }

  /** Nothing more comes. */
  end(): void {
    this.#end ??= {};
    this.#wake();
  }

  /** Nothing more comes, because of this. What was not dealt with is refused. */
  fail(error: unknown): void {
    this.#end ??= { error };
    const offers = this.#offers;
    this.#offers = [];
    for (const { refuse } of offers) refuse(error);
    this.#wake();
  }

  /**
   * What a reader leaves in the middle is given to the next one again.
   *
   * @throws TelltaleError `invalid_option` beside another reader; what `fail` was given
   */
  async *read(): AsyncGenerator<T, void, undefined> {
    if (this.#isRead) throw new TelltaleError('invalid_option', 'The results are being read already.');
    this.#isRead = true;
    try {
      for (;;) {
        const offer = this.#offers[0];
        if (offer) {
          yield offer.value;
          if (this.#offers[0] === offer) this.#offers.shift();
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
    } finally {
      this.#isRead = false;
    }
  }
}
