import type { Clock } from '../../clock.ts';
import type { Assembly } from './assembly.ts';

/** The text of a stream, which is read as fast as it comes, whoever waits for it. */
export class Arrival {
  /** When all of it had come. */
  endedMs: number | undefined;
  readonly #clock: Clock;
  #text = '';
  #error: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads it to its end. Never rejects: whoever takes the text is told. */
  async read(stream: Promise<AsyncIterable<unknown>>, assembly: Assembly): Promise<void> {
    try {
      for await (const event of await stream) this.#add(assembly.take(event));
    } catch (error) {
      this.#error = { error };
    }
    this.endedMs = this.#clock.nowMs();
    this.#wake?.();
  }

  #add(text: string): void {
    if (text === '') return;
    this.#text += text;
    this.#wake?.();
  }

  /**
   * @returns what has come since; undefined once there is no more
   * @throws whatever the stream threw, after the text that came before it
   */
  async next(): Promise<string | undefined> {
    while (this.#text === '') {
      if (this.#error) throw this.#error.error;
      if (this.endedMs !== undefined) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
