import type { Body, Refusal } from './answer.ts';
import { missing, refuse, wrongType } from './error-bodies.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Deeper than any real request, and shallow enough for whatever walks through it. */
const MOST_LEVELS = 500;

/** The body as a JSON object; undefined where it is none, or too deep. */
export function parseBody(text: string): Body | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a text of JSON has more levels than are walked through. */
export function isTooDeep(text: string): boolean {
  // Every level is opened and closed.
  if (text.length <= 2 * MOST_LEVELS) return false;
  let levels = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        // Brackets in a string are no levels.
        at = endOfString(text, at);
        break;
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++levels > MOST_LEVELS) return true;
        break;
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        levels--;
        break;
    }
  }
  return false;
}

/** Where the string that begins there ends; the end of the text where it does not. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return text.length;
}

/** A field that may be absent; the API takes null for absent. */
export function optional(body: Body, name: string): unknown {
  return body[name] ?? undefined;
}

export function modelOf(body: Body | undefined): string | null {
  const model = body?.['model'];
  return typeof model === 'string' && model !== '' ? model : null;
}

export function modelProblem(body: Body): Refusal | undefined {
  const model = optional(body, 'model');
  if (model === undefined || model === '') return refuse(400, 'you must provide a model parameter');
  return typeof model === 'string' ? undefined : wrongType('model', 'a string', model);
}

export function presenceProblem(body: Body, name: string): Refusal | undefined {
  return optional(body, name) === undefined ? missing(name) : undefined;
}

export function booleanProblem(body: Body, name: string): Refusal | undefined {
  const value = optional(body, name);
  return value === undefined || typeof value === 'boolean' ? undefined : wrongType(name, 'a boolean', value);
}

export function capProblem(body: Body, name: string): Refusal | undefined {
  const value = optional(body, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(name, 'an integer', value);
  if (value >= 1) return undefined;
  const message = `Invalid '${name}': integer below minimum value. Expected a value >= 1, but got ${value} instead.`;
  return refuse(400, message, name, 'integer_below_min_value');
}

/** A cap that `capProblem` let pass. */
export function capOf(body: Body, name: string): number | undefined {
  const value = body[name];
  return typeof value === 'number' ? value : undefined;
}

/** A text field, or that of a nested object, where it is one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function recordOf(value: unknown): Body | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
}

/** The tier that served a request: the one it asked for, or the usual one. */
export function tierOf(body: Body): string {
  const tier = body['service_tier'];
  return typeof tier === 'string' && tier !== 'auto' ? tier : 'default';
}

/** What a table has under a name that somebody else has chosen, which may be that of an object's own methods. */
export function lookUp<T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined {
  return Object.hasOwn(table, String(name)) ? table[String(name)] : undefined;
}
