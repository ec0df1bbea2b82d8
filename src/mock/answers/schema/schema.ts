import type { Body } from '../../answer.ts';
import { recordOf } from '../../fields.ts';

/** A JSON Schema: an object of keywords, or true (anything) or false (nothing). */
export type Schema = Body | boolean;

/** Why no value can be made for a schema; its message ends "… cannot make a value for it: <message>". */
export class UnmakeableSchema extends Error {}

export function schemaOf(value: unknown): Schema {
  const record = recordOf(value);
  if (record) return record;
  if (typeof value === 'boolean') return value;
  throw new UnmakeableSchema('a schema must be an object, true or false');
}

export function schemasOf(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value.map(schemaOf) : [];
}

/** What `#`, `#/$defs/node` or `#node` names within `root`. */
export function referred(root: Schema, reference: string): Schema {
  if (!reference.startsWith('#')) throw new UnmakeableSchema(`$ref '${reference}' is not within the schema`);
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return anchored(root, reference);
  let place: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
    const known = typeof place === 'object' && place !== null && Object.hasOwn(place, name);
    if (!known) throw new UnmakeableSchema(`$ref '${reference}' leads nowhere`);
    place = (place as Record<string, unknown>)[name];
  }
  return schemaOf(place);
}

function anchored(root: Schema, reference: string): Schema {
  const record = recordOf(root);
  const definitions = { ...recordOf(record?.['definitions']), ...recordOf(record?.['$defs']) };
  const found = [root, ...Object.values(definitions)].find(
    (schema) => recordOf(schema)?.['$anchor'] === reference.slice(1),
  );
  if (found === undefined) throw new UnmakeableSchema(`$ref '${reference}' leads nowhere`);
  return schemaOf(found);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The types that a schema allows; undefined where it says nothing of them. */
export function typesOf(schema: Body): readonly string[] | undefined {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((name): name is string => typeof name === 'string');
  return undefined;
}

export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key as never], b[key as never]))
  );
}
