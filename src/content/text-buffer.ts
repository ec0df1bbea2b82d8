import { CutText } from './leaf.ts';
import type { StreamRoom } from './stream-room.ts';

/** Puts the pieces of a streamed text together, as far as it will be recorded. The rest is only counted. */
export class TextBuffer {
  readonly #mostCharacters: number;
  readonly #room: StreamRoom;
  readonly #pieces: string[] = [];
  #length = 0;
  #cutBytes = 0;

  constructor(mostCharacters: number, room: StreamRoom) {
    this.#mostCharacters = mostCharacters;
    this.#room = room;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @throws RangeError where the whole answer has too much */
  append(piece: unknown): void {
    if (typeof piece !== 'string' || piece === '') return;
    const left = this.#mostCharacters - this.#length;
    const kept = piece.length <= left ? piece : piece.slice(0, left);
    this.#room.take(kept.length);
    if (kept !== '') this.#pieces.push(kept);
    this.#length += kept.length;
    if (kept.length < piece.length) this.#cutBytes += Buffer.byteLength(piece.slice(kept.length));
  }

  leaf(): string | CutText {
    const text = this.#pieces.join('');
    return this.#cutBytes === 0 ? text : new CutText(text, this.#cutBytes);
  }
}
