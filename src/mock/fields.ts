import type { Body, Refusal } from './answer.ts';
import { missing, refuse, wrongType } from './error-bodies.ts';

/** The body as a JSON object, or why it is none. */
export function parseBody(text: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
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
