import type { JsonObject } from '../json.ts';
import type { Redactor } from '../redact/redactor.ts';
import { type Fitted, fitValue } from './fit.ts';
import { roughBytes } from './leaf.ts';
import { redactItem } from './redact-item.ts';

/** How a list is written in a limited number of bytes. */
export interface ListForm {
  readonly redactor: Redactor;
  readonly mostBytes: number;
  /** Which items matter most: the first and the last, or the first. The others are left out where there is no room. */
  readonly keeps: 'ends' | 'beginning';
  /** What stands in the place of items that are left out. */
  readonly gap: (items: number, bytes: number) => JsonObject;
  /** What stands in the place of an item whose structure alone has no room. */
  readonly outline: (item: JsonObject, bytes: number) => JsonObject;
}

/** An item that is cut to less than this says nothing. */
const smallestBytes = 128;
const gapBytes = 192;

/**
 * A list as JSON of at most `mostBytes`, redacted. An item may take half of the room that is left, or what the others
 * do not need: so the last messages of a long conversation stay whole, and one endless document does not push out all
 * the rest. The work is in proportion to what is written, not to what was said.
 */
export function fitList(items: readonly unknown[], form: ListForm): Fitted {
  const sizes = items.map((item) => roughBytes(item));
  const written = new Map<number, string>();
  let cutBytes = 0;
  let room = form.mostBytes - '[]'.length - (items.length > 1 ? gapBytes : 0);
  let waiting = sum(sizes);
  for (const index of inOrder(items.length, form.keeps)) {
    const size = sizes[index] ?? 0;
    waiting -= size;
    const share = Math.min(room, Math.max(Math.floor(room / 2), room - waiting));
    const fitted = fitItem(items[index], size, share - ','.length, form);
    if (!fitted) break;
    written.set(index, fitted.json);
    cutBytes += fitted.cutBytes;
    room -= Buffer.byteLength(fitted.json) + ','.length;
  }
  const missing = [...items.keys()].filter((index) => !written.has(index));
  const [first] = missing;
  if (first !== undefined) {
    const bytes = sum(missing.map((index) => sizes[index] ?? 0));
    written.set(first, JSON.stringify(form.gap(missing.length, bytes)));
    cutBytes += bytes;
  }
  const texts = [...written].sort(([a], [b]) => a - b).map(([, json]) => json);
  return { json: `[${texts.join(',')}]`, cutBytes };
}

function* inOrder(count: number, keeps: ListForm['keeps']): Generator<number> {
  if (keeps === 'beginning') {
    for (let index = 0; index < count; index++) yield index;
    return;
  }
  if (count > 0) yield count - 1;
  if (count > 1) yield 0;
  for (let index = count - 2; index > 0; index--) yield index;
}

function fitItem(item: unknown, size: number, mostBytes: number, form: ListForm): Fitted | undefined {
  if (mostBytes < Math.min(smallestBytes, size)) return undefined;
  const redacted = redactItem(item, form.redactor, mostBytes);
  const fitted = fitValue(redacted, mostBytes);
  if (fitted) return fitted;
  const outline = fitValue(form.outline(redacted as JsonObject, size), mostBytes);
  return outline && { json: outline.json, cutBytes: size };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
