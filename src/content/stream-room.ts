const mostEntries = 4_096;
const mostCharacters = 64 * 1_024 * 1_024;

/**
 * How much of a streamed answer may be kept until it is recorded, whatever it is made of. No answer has so much; one that does
 * is meant to fill the memory.
 */
export class StreamRoom {
  #entries = 0;
  #characters = 0;

  /** Another choice, call of a tool, item or piece of one. @throws RangeError */
  enter(): void {
    if (++this.#entries > mostEntries)
      throw new RangeError(`A streamed answer has more than ${mostEntries} parts`);
  }

  /** @throws RangeError */
  take(characters: number): void {
    this.#characters += characters;
    if (this.#characters > mostCharacters)
      throw new RangeError(`A streamed answer has more than ${mostCharacters} characters to keep`);
  }
}
