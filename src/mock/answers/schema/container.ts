import type { Body } from '../../answer.ts';
import { recordOf } from '../../fields.ts';
import { wordAt } from '../../words.ts';
import { merged } from './merge.ts';
import { isEqual, type Schema, schemaOf, schemasOf, UnmakeableSchema } from './schema.ts';
import type { Maker } from './value.ts';

/** How many times another item is looked for that is not there yet. */
const TRIES = 50;
/** The most items or properties that a schema leaves open. */
const USUAL = 3;

/** The most properties that a schema may demand: more would hold up everybody else's requests. */
const MOST_PROPERTIES = 10_000;

/** An array for a schema of type `array`. */
export function makeArray(schema: Body, depth: number, maker: Maker): unknown[] {
  const first = schemasOf(schema['prefixItems']);
  const rest = schema['items'] === undefined ? true : schemaOf(schema['items']);
  const least = count(schema, 'minItems') ?? 0;
  const most = Math.min(
    count(schema, 'maxItems') ?? Number.POSITIVE_INFINITY,
    rest === false ? first.length : Number.POSITIVE_INFINITY,
  );
  if (least > most) throw new UnmakeableSchema('its `minItems` is above what it may hold');
  const wanted = maker.isDeep(depth) ? least : Math.max(least, first.length, 1 + draw(maker, USUAL));
  const items: unknown[] = [];
  for (let index = 0; index < Math.min(wanted, most); index++) {
    const item = anotherItem(first[index] ?? rest, items);
    if (item === undefined) break;
    items.push(item.value);
  }
  if (items.length < least) throw new UnmakeableSchema('it has too few different items');
  return items;

  function anotherItem(of: Schema, before: readonly unknown[]): { readonly value: unknown } | undefined {
    const isNeeded = before.length < least;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const value = made(of, depth, maker, isNeeded);
      if (value === undefined) return undefined;
      if (schema['uniqueItems'] !== true || !before.some((other) => isEqual(other, value))) return { value };
    }
    return undefined;
  }
}

/** An object for a schema of type `object`. */
export function makeObject(schema: Body, depth: number, maker: Maker): Record<string, unknown> {
  const properties = recordOf(schema['properties']) ?? {};
  const required = (Array.isArray(schema['required']) ? schema['required'] : []).filter(
    (name): name is string => typeof name === 'string',
  );
  const least = count(schema, 'minProperties') ?? 0;
  const most = count(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY;
  if (Math.max(least, new Set(required).size) > most)
    throw new UnmakeableSchema('it must hold more than it may');
  const result = new Map<string, unknown>();
  if (least > MOST_PROPERTIES)
    throw new UnmakeableSchema(`the mock makes at most ${MOST_PROPERTIES} properties of an object`);
  // In the order in which they are named, as a model writes them.
  for (const name of new Set([...Object.keys(properties), ...required])) {
    const isRequired = required.includes(name);
    const isWanted = isRequired || (!maker.isDeep(depth) && maker.draw() < 0.5);
    const room = most - result.size - required.filter((other) => other !== name && !result.has(other)).length;
    if (isWanted && room > 0) put(name, isRequired);
  }
  for (const name of Object.keys(properties)) if (result.size < least && !result.has(name)) put(name, false);
  const isMap =
    recordOf(schema['additionalProperties']) !== undefined && Object.keys(properties).length === 0;
  const wanted = Math.min(most, isMap && !maker.isDeep(depth) ? Math.max(least, 1 + draw(maker, 2)) : least);
  for (let index = 0; result.size < wanted && index < wanted + TRIES; index++) put(wordName(index), false);
  if (result.size < least) throw new UnmakeableSchema('it must hold more than it may');
  return Object.fromEntries(result);

  function put(name: string, isRequired: boolean): void {
    const value = made(propertySchema(schema, properties, name), depth, maker, isRequired);
    if (value !== undefined) result.set(name, value);
  }
}

function propertySchema(schema: Body, properties: Body, name: string): Schema {
  const own = Object.hasOwn(properties, name);
  const patterns = Object.entries(recordOf(schema['patternProperties']) ?? {}).filter(([pattern]) =>
    new RegExp(pattern, 'u').test(name),
  );
  if (!own && patterns.length === 0) return schemaOf(schema['additionalProperties'] ?? true);
  const parts = [...(own ? [properties[name]] : []), ...patterns.map(([, part]) => part)].map(schemaOf);
  return parts.reduce(merged);
}

/** Undefined where it cannot be made and need not be. JSON has no undefined, so no value is mistaken for it. */
function made(schema: Schema, depth: number, maker: Maker, isNeeded: boolean): unknown {
  try {
    return maker.make(schema, depth + 1);
  } catch (error) {
    if (isNeeded || !(error instanceof UnmakeableSchema)) throw error;
    return undefined;
  }
}

function wordName(index: number): string {
  return index === 0 ? wordAt(0) : `${wordAt(index)}_${index}`;
}

function draw({ draw: chance }: Maker, most: number): number {
  return Math.floor(chance() * most);
}

function count(schema: Body, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}
