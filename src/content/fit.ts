import { newObject } from '../json.ts';
import { CutText, wholeCharacters } from './leaf.ts';

/** What is left of a value in a limited number of bytes. */
export interface Fitted {
  readonly json: string;
  /** Bytes of text that are not in it. */
  readonly cutBytes: number;
}

/** No text is cut to less than this: what says that it was cut would not fit. */
const shortestBytes = 48;

/**
 * The value as JSON of at most `mostBytes`. Where it is longer its long texts are cut, each to the same length, and
 * end in `…[123 bytes cut]`. Undefined when there is more structure than text in it, and cutting would not do.
 */
export function fitValue(value: unknown, mostBytes: number): Fitted | undefined {
  const whole = write(value, Number.POSITIVE_INFINITY);
  const size = Buffer.byteLength(whole.json);
  if (size <= mostBytes) return whole;
  const sizes = textSizes(value);
  const room = mostBytes - (size - sizes.reduce((sum, text) => sum + text, 0));
  const longest = room < 0 ? 0 : equalShare(sizes, room);
  return longest < shortestBytes ? undefined : write(value, longest);
}

/** The largest size to which texts can be cut so that all of them together have room. */
function equalShare(sizes: readonly number[], room: number): number {
  let left = room;
  const sorted = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

/** Bytes of each text in the value, as JSON. */
function textSizes(value: unknown): number[] {
  if (typeof value === 'string' || value instanceof CutText)
    return [jsonBytes(cutText(value, Infinity).text)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textSizes);
}

function write(value: unknown, longestBytes: number): Fitted {
  let cutBytes = 0;
  const cut = (part: unknown): unknown => {
    if (typeof part === 'string' || part instanceof CutText) {
      const done = cutText(part, longestBytes);
      cutBytes += done.cutBytes;
      return done.text;
    }
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(cut);
    const copy = newObject();
    for (const [name, field] of Object.entries(part)) copy[name] = cut(field);
    return copy;
  };
  return { json: JSON.stringify(cut(value)), cutBytes };
}

/** The text in at most `mostBytes` of JSON, with its own note if something is missing. */
export function cutText(leaf: string | CutText, mostBytes: number): { text: string; cutBytes: number } {
  const text = typeof leaf === 'string' ? leaf : leaf.text;
  const missing = typeof leaf === 'string' ? 0 : leaf.cutBytes;
  if (missing === 0 && (mostBytes === Infinity || jsonBytes(text) <= mostBytes)) return { text, cutBytes: 0 };
  const noteBytes = jsonBytes(note(missing + Buffer.byteLength(text)));
  const kept = mostBytes === Infinity ? text : beginning(text, mostBytes - noteBytes);
  const cutBytes = missing + Buffer.byteLength(text) - Buffer.byteLength(kept);
  return { text: kept + note(cutBytes), cutBytes };
}

function note(bytes: number): string {
  return `…[${bytes} bytes cut]`;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

/** As much from the beginning as has room as JSON, quotes not counted; characters stay whole. */
function beginning(text: string, mostBytes: number): string {
  let fits = 0;
  let over = Math.min(text.length, mostBytes) + 1;
  while (over - fits > 1) {
    const middle = (fits + over) >> 1;
    if (jsonBytes(text.slice(0, middle)) - 2 <= mostBytes) fits = middle;
    else over = middle;
  }
  return wholeCharacters(text.slice(0, fits));
}
