import { StringDecoder } from 'node:string_decoder';

/** No event is so long, pictures in it included. The client itself writes all that it has anew for each piece of one. */
const mostEventBytes = 64 * 1_024 * 1_024;
/** About what a piece takes beside its bytes. */
const pieceBytes = 32;

/** The majors of the client, which differ in what they make of an event stream. */
export type ClientMajor = 6 | 7;

/**
 * Splits the bytes of an event stream into events, however they were cut on the way, as the client does. Bytes are kept
 * as Latin-1 strings (one character a byte), so that a character cut in two costs nothing and searching is native.
 */
export class SseSplitter {
  readonly #major: ClientMajor;
  readonly #mostBytes: number;
  /** Pieces of the event that is not complete yet; joined only when its end arrives. */
  #pieces: string[] = [];
  #keptBytes = 0;
  /** The event that is not complete yet is too long to be kept. Its end is looked for, and nothing is said of it. */
  #isSkipping = false;
  #last = '';
  /** The piece before ended in \r, and the \n of a \r\n may follow. */
  #endedInReturn = false;
  #isPastMark = false;
  /** What may be the start of a byte order mark. */
  #mark = '';
  /** An event named `error` was seen: openai 7 fails on it, whatever its data. */
  failed = false;
  /** A \r was seen, with which openai 6 may come to an event later than it is given here: with a later piece. */
  hasReturns = false;

  /** `mostBytes` is the most that is kept of an event. */
  constructor(major: ClientMajor, mostBytes = mostEventBytes) {
    this.#major = major;
    this.#mostBytes = mostBytes;
  }

  /** Gives the data of each event that `bytes` completes, as UTF-8 bytes seen as Latin-1. */
  push(bytes: Uint8Array): readonly string[] {
    const text = this.#isPastMark ? latin1(bytes) : this.#withoutMark(latin1(bytes));
    if (this.#pieces.length === 0 && !this.#isSkipping) {
      const only = onlyPayload(text);
      if (only !== undefined) {
        this.#endedInReturn = false;
        this.#last = '\n';
        return [only];
      }
    }
    return this.#split(text);
  }

  /** The client's decoder drops a byte order mark at the start, which may come in pieces. */
  #withoutMark(bytes: string): string {
    const text = this.#mark + bytes;
    if (text.length < byteOrderMark.length && byteOrderMark.startsWith(text)) {
      this.#mark = text;
      return '';
    }
    this.#mark = '';
    this.#isPastMark = true;
    return text.startsWith(byteOrderMark) ? text.slice(byteOrderMark.length) : text;
  }

  #split(bytes: string): string[] {
    const piece = this.#normalize(bytes);
    const endsBefore = piece.startsWith('\n') && this.#last === '\n';
    const completes = endsBefore || piece.includes('\n\n');
    if (piece !== '') this.#last = piece.at(-1) ?? '';
    if (!completes) {
      if (piece !== '') this.#keep(piece);
      return [];
    }
    const text = this.#pieces.join('') + piece;
    const payloads: string[] = [];
    let from = 0;
    if (this.#isSkipping) {
      this.#isSkipping = false;
      from = endsBefore ? 1 : piece.indexOf('\n\n') + 2;
    }
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', from)) {
      const payload = this.#dataOf(text.slice(from, end));
      if (payload !== undefined) payloads.push(payload);
      from = end + 2;
    }
    this.#pieces = [];
    this.#keptBytes = 0;
    if (from < text.length) this.#keep(text.slice(from));
    return payloads;
  }

  #keep(piece: string): void {
    this.#keptBytes += piece.length + pieceBytes;
    this.#isSkipping ||= this.#keptBytes > this.#mostBytes;
    if (this.#isSkipping) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  /** The data of a last event that had no blank line behind it, which openai 6 drops. */
  flush(): string | undefined {
    if (this.#major === 6) return undefined;
    const rest = this.#pieces.join('').replace(/\n+$/, '');
    this.#pieces = [];
    return rest === '' ? undefined : this.#dataOf(rest);
  }

  #dataOf(event: string): string | undefined {
    if (this.#major === 7 && isErrorEvent.test(event)) this.failed = true;
    return dataOf(event);
  }

  /** Line ends become \n. A \r at the end of a piece is one at once, as for the client, and a \n behind it none. */
  #normalize(piece: string): string {
    if (piece === '' || (!this.#endedInReturn && !piece.includes('\r'))) return piece;
    this.hasReturns = true;
    const text = this.#endedInReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    this.#endedInReturn = piece.endsWith('\r');
    return text.replace(/\r\n?/g, '\n');
  }
}

/** The usual piece of a stream is one event of one line. Its data; undefined for any other piece. */
function onlyPayload(piece: string): string | undefined {
  if (!piece.startsWith('data: ') || piece.indexOf('\n') !== piece.length - 2) return undefined;
  return piece.endsWith('\n\n') && !piece.includes('\r') ? piece.slice(6, -2) : undefined;
}

/** In UTF-8, seen as Latin-1. */
const byteOrderMark = '\xef\xbb\xbf';

const isErrorEvent = /^event: ?error$/m;

/** One for all, since single bytes leave nothing behind. It takes half as long as a Buffer made for each piece. */
const decoder = new StringDecoder('latin1');

function latin1(bytes: Uint8Array): string {
  // It is typed for Buffers, and takes every Uint8Array.
  return decoder.write(bytes as Buffer);
}

/** The `data` of one event; undefined for a comment. The client takes an event with a name alone for one of no text. */
function dataOf(event: string): string | undefined {
  if (event.startsWith('data: ') && !event.includes('\n')) return event.slice(6);
  let data: string | undefined;
  for (const line of event.split('\n')) {
    if (!line.startsWith('data:') && line !== 'data') continue;
    const value = line.startsWith('data: ') ? line.slice(6) : line.slice(5);
    data = data === undefined ? value : `${data}\n${value}`;
  }
  return data ?? (hasName.test(event) ? '' : undefined);
}

const hasName = /^event: ?./m;
