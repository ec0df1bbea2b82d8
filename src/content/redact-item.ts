import { asObject, deepest, type JsonObject, newObject } from '../json.ts';
import type { Redactor } from '../redact/redactor.ts';
import { CutText, Media, wholeCharacters } from './leaf.ts';
import { splitData } from './media.ts';

/**
 * A text is looked through only as far as it will be recorded, and this many characters further. What stands at the
 * very end of such a piece may be the beginning of a secret and not look like one, so as many are dropped again.
 */
export const safetyCharacters = 4096;

/** JSON in a text in JSON in a text: how many times that is looked into. */
const mostNested = 3;

interface Task {
  readonly redactor: Redactor;
  readonly mostCharacters: number;
  readonly nested: number;
}

/** Fields that say what a message or a part is, not what was said. */
const structure: readonly string[] = ['role', 'finish_reason', 'type', 'modality', 'mime_type'];

/** Words that most messages are made of, and that need not be looked at each time. */
const plainWords: ReadonlySet<string> = new Set([
  ...structure,
  ...[
    'parts',
    'name',
    'content',
    'id',
    'arguments',
    'response',
    'uri',
    'file_id',
    'byte_size',
    'description',
  ],
  ...['system', 'developer', 'user', 'assistant', 'tool', 'stop', 'length', 'tool_call', 'error', 'function'],
  ...['text', 'reasoning', 'refusal', 'tool_call_response', 'blob', 'file', 'image', 'audio', 'video'],
]);

/**
 * A message, part or tool without its secrets, wherever they stand: in texts, names of fields, nested values, JSON
 * inside of texts. Data is replaced by its digest. Of a text that is longer than `mostCharacters` only the beginning
 * is left, as a `CutText`.
 */
export function redactItem(item: unknown, redactor: Redactor, mostCharacters: number): unknown {
  const task = { redactor, mostCharacters, nested: 0 };
  if (item instanceof Media) return redactFields(item.describe(), task, true);
  const fields = asObject(item);
  return fields ? redactFields(fields, task, false) : redactNested(item, '', task, 0);
}

/** A text on its own, in the same way. */
export function redactText(text: string, redactor: Redactor, mostCharacters: number): string | CutText {
  return redactLeaf(text, 0, '', { redactor, mostCharacters, nested: 0 });
}

/** A value of anybody's making, in which no name of a field has a meaning of its own, in the same way. */
export function redactValue(value: unknown, redactor: Redactor, mostCharacters: number): unknown {
  return redactNested(value, '', { redactor, mostCharacters, nested: 0 }, 0);
}

function redactFields(fields: JsonObject, task: Task, isMedia: boolean): Record<string, unknown> {
  const { redactor, mostCharacters } = task;
  const redacted = newObject();
  const free = freeNames();
  for (const [field, value] of Object.entries(fields)) {
    const name = free(redactWord(field, redactor));
    if (field === 'parts' && Array.isArray(value))
      redacted[name] = value.map((part) => redactItem(part, redactor, mostCharacters));
    else if (typeof value === 'string' && (structure.includes(field) || (isMedia && field === 'content')))
      redacted[name] = redactWord(value, redactor);
    else redacted[name] = redactNested(value, field, task, 0);
  }
  return redacted;
}

function redactWord(word: string, redactor: Redactor): string {
  return plainWords.has(word) ? word : redactor.word(word);
}

function redactNested(value: unknown, name: string, task: Task, depth: number): unknown {
  if (typeof value === 'string') return redactLeaf(value, 0, name, task);
  if (value instanceof CutText) return redactLeaf(value.text, value.cutBytes, name, task);
  if (value instanceof Media) return redactFields(value.describe(), task, true);
  if (typeof value === 'number') return task.redactor.number(name, value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.map((item) => redactNested(item, name, task, depth + 1));
  const redacted = newObject();
  const free = freeNames();
  for (const [field, item] of Object.entries(value))
    redacted[free(task.redactor.text(field))] = redactNested(item, field, task, depth + 1);
  return redacted;
}

/** Two names may be the same without their secrets: the second gets a number. */
function freeNames(): (name: string) => string {
  const taken = new Map<string, number>();
  return function freeName(name: string): string {
    const times = (taken.get(name) ?? 0) + 1;
    taken.set(name, times);
    return times === 1 ? name : freeName(`${name} ${times}`);
  };
}

function redactLeaf(text: string, missingBytes: number, name: string, task: Task): string | CutText {
  if (task.redactor.hides(name)) return task.redactor.named(name, text);
  const longest = task.mostCharacters + safetyCharacters;
  if (missingBytes === 0 && text.length <= longest) {
    const inside = redactInside(text, name, task);
    if (inside !== undefined) return inside;
  }
  let redacted = '';
  let beyondBytes = missingBytes;
  for (const piece of splitData(text)) {
    const room = Math.max(0, longest - redacted.length);
    if ('words' in piece) {
      const words = wholeCharacters(piece.words.slice(0, room));
      if (words !== '') redacted += task.redactor.named(name, words);
      beyondBytes += Buffer.byteLength(piece.words.slice(words.length));
    } else if (room > 0) redacted += piece.show();
    else beyondBytes += piece.data.length;
  }
  if (beyondBytes === 0) return redacted;
  const kept = wholeCharacters(redacted.slice(0, Math.max(0, redacted.length - safetyCharacters)));
  return new CutText(kept, beyondBytes + Buffer.byteLength(redacted) - Buffer.byteLength(kept));
}

/** A text that is JSON: the same text, or where there is a secret in what it means, that without it. */
function redactInside(text: string, name: string, task: Task): string | undefined {
  if (task.nested >= mostNested || !/^\s{0,100}[[{]/.test(text)) return undefined;
  let value: unknown;
  let plain: string;
  try {
    value = JSON.parse(text);
    plain = JSON.stringify(value);
  } catch {
    return undefined;
  }
  const redacted = JSON.stringify(redactNested(value, name, { ...task, nested: task.nested + 1 }, 0));
  return redacted === plain ? text : redacted;
}
