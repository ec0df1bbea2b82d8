/** Reading JSON of somebody else's: what has not the expected type is not there. */

import { outsideWord } from './outside-word.ts';

/** What a JSON object may be, before anybody has looked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper values are not looked into: nothing that people write goes so far, and a stack has an end. */
export const deepest = 60;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text, which may be empty; undefined for anything else. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A string that is not empty. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A string that is not empty, as it may be written down. */
export function asWord(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? outsideWord(value) : undefined;
}

/** A whole number from 0 up. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The entries of `fields` that have a value. */
export function present(fields: JsonObject): JsonObject {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== null) kept[name] = value;
  return kept;
}

/** A copy that later changes by the application do not reach, with what JSON can say of the value. */
export function copyJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return isJson(value) ? value : undefined;
  if (depth >= deepest) return '[deeper]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (Array.isArray(value)) return value.map((item) => copyJson(item, depth + 1) ?? null);
  const copy = newObject();
  for (const [name, item] of Object.entries(value)) {
    const copied = copyJson(item, depth + 1);
    if (copied !== undefined) copy[name] = copied;
  }
  return copy;
}

/** An object in which `__proto__` is a name like any other. */
export function newObject(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function isJson(value: unknown): boolean {
  return ['string', 'boolean'].includes(typeof value) || value === null || Number.isFinite(value);
}
