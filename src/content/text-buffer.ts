import { CutText } from './leaf.ts';

/** Puts the pieces of a streamed text together, as far as it will be recorded. The rest is only counted. */
export class TextBuffer {
  readonly #mostCharacters: number;
  readonly #pieces: string[] = [];
  #length = 0;
  #cutBytes = 0;

  constructor(mostCharacters: number) {
    this.#mostCharacters = mostCharacters;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  append(piece: unknown): void {
    if (typeof piece !== 'string' || piece === '') return;
    const room = this.#mostCharacters - this.#length;
    const kept = piece.length <= room ? piece : piece.slice(0, room);
    if (kept !== '') this.#pieces.push(kept);
    this.#length += kept.length;
    if (kept.length < piece.length) this.#cutBytes += Buffer.byteLength(piece.slice(kept.length));
  }

  leaf(): string | CutText {
    const text = this.#pieces.join('');
    return this.#cutBytes === 0 ? text : new CutText(text, this.#cutBytes);
  }
}
