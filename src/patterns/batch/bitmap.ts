/** Which lines of a part are meant: one bit a line, so that a record of 50,000 lines has 8 kB. */
export class Bitmap {
  readonly #bytes: Uint8Array;
  #count = 0;

  /** @param text what `toString` gave */
  constructor(size: number, text?: string) {
    this.#bytes = new Uint8Array(Math.ceil(size / 8));
    if (text === undefined) return;
    this.#bytes.set(Buffer.from(text, 'base64').subarray(0, this.#bytes.length));
    for (let index = 0; index < size; index++) if (this.has(index)) this.#count += 1;
  }

  /** How many are in it. */
  get count(): number {
    return this.#count;
  }

  has(index: number): boolean {
    return ((this.#bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  add(index: number): void {
    if (this.has(index)) return;
    this.#bytes[index >> 3] = (this.#bytes[index >> 3] ?? 0) | (1 << (index & 7));
    this.#count += 1;
  }

  toString(): string {
    return Buffer.from(this.#bytes).toString('base64');
  }
}
