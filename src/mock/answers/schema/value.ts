import type { Body } from '../../answer.ts';
import { makeArray, makeObject } from './container.ts';
import { type HeightOf, heightsIn } from './height.ts';
import { merged } from './merge.ts';
import { makeNumber } from './number.ts';
import { isEqual, referred, type Schema, schemaOf, schemasOf, typesOf, UnmakeableSchema } from './schema.ts';
import { makeText } from './text.ts';

/** Below this depth what a value may leave out is left out, and of alternatives the least deep is taken. */
const DEEP = 4;
const DEEPEST = 64;
/** So many parts in one value are taken for a search without end. */
const MOST_PARTS = 20_000;

/** Keywords of which a value would have to be tested rather than made. */
const refused = [
  'not',
  'if',
  'then',
  'else',
  'contains',
  'dependentRequired',
  'dependentSchemas',
  'propertyNames',
  '$dynamicRef',
];

/** What makes the values of one schema. */
export interface Maker {
  readonly draw: () => number;
  /** Throws an `UnmakeableSchema` where there is no value, or none that the mock can find. */
  make(schema: Schema, depth: number): unknown;
  isDeep(depth: number): boolean;
}

/**
 * A value that is valid by `schema`, as a function of what is drawn. Throws an `UnmakeableSchema` where there is none, or
 * where the schema uses what the mock cannot make: `not`, `if`, `contains`, `dependent…`, `propertyNames`.
 */
export function valueFor(schema: unknown, draw: () => number): unknown {
  const root = schemaOf(schema);
  let heights: HeightOf | undefined;
  let parts = 0;

  function heightOf(part: Schema): number {
    heights ??= heightsIn(root);
    return heights(part);
  }

  const maker: Maker = { draw, make, isDeep: (depth) => depth >= DEEP };

  function make(given: Schema, depth: number): unknown {
    if (depth > DEEPEST || ++parts > MOST_PARTS) throw new UnmakeableSchema('no end of it was found');
    const plain = flattened(root, given);
    if (plain === false) throw new UnmakeableSchema('no value is valid');
    if (plain === true) return makeText({}, draw);
    const keyword = refused.find((name) => name in plain);
    if (keyword) throw new UnmakeableSchema(`the mock does not know \`${keyword}\``);
    const alternatives = (['anyOf', 'oneOf'] as const).find((name) => schemasOf(plain[name]).length > 0);
    if (alternatives) return makeAlternative(plain, alternatives, depth);
    if ('const' in plain) return one([plain['const']], plain);
    if (Array.isArray(plain['enum'])) return one(plain['enum'], plain);
    return makeTyped(plain, depth);
  }

  function makeAlternative(plain: Body, keyword: 'anyOf' | 'oneOf', depth: number): unknown {
    const { [keyword]: options, ...base } = plain;
    const inOrder = maker.isDeep(depth)
      ? schemasOf(options)
          .filter((option) => heightOf(option) < Number.POSITIVE_INFINITY)
          .sort((a, b) => heightOf(a) - heightOf(b))
      : turned(schemasOf(options), draw);
    return firstMade(inOrder, (option) => make(merged(base, option), depth));
  }

  function one(values: readonly unknown[], plain: Body): unknown {
    const types = typesOf(plain);
    const allowed = values.filter(
      (value) =>
        (!types || types.some((type) => isOfType(value, type))) &&
        (!('const' in plain) || isEqual(value, plain['const'])),
    );
    if (allowed.length === 0) throw new UnmakeableSchema('none of its values is allowed');
    return allowed[Math.floor(draw() * allowed.length)];
  }

  function makeTyped(plain: Body, depth: number): unknown {
    const types = typesOf(plain) ?? [impliedType(plain)];
    const inOrder = maker.isDeep(depth)
      ? [...types].sort((a, b) => Number(isContainer(a)) - Number(isContainer(b)))
      : turned(types, draw);
    return firstMade(inOrder, (type) => makeOfType(type, plain, depth));
  }

  function makeOfType(type: string, plain: Body, depth: number): unknown {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return draw() < 0.5;
      case 'string':
        return makeText(plain, draw);
      case 'integer':
      case 'number':
        return makeNumber(plain, type === 'integer', draw);
      case 'array':
        return makeArray(plain, depth, maker);
      case 'object':
        return makeObject(plain, depth, maker);
      default:
        throw new UnmakeableSchema(`there is no type '${type}'`);
    }
  }

  return make(root, 0);
}

/** The first that can be made; what was wrong with the last where none can. */
function firstMade<T>(options: readonly T[], make: (option: T) => unknown): unknown {
  let problem = new UnmakeableSchema('it leaves no choice');
  for (const option of options) {
    try {
      return make(option);
    } catch (error) {
      if (!(error instanceof UnmakeableSchema)) throw error;
      problem = error;
    }
  }
  throw problem;
}

/** In turn, begun somewhere. */
function turned<T>(items: readonly T[], draw: () => number): readonly T[] {
  const first = Math.floor(draw() * items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}

/** Without `$ref` and `allOf` at its top. */
function flattened(root: Schema, given: Schema): Schema {
  let schema = given;
  const seen = new Set<string>();
  while (typeof schema !== 'boolean' && ('$ref' in schema || 'allOf' in schema)) {
    const { $ref: reference, allOf, ...rest }: Body = schema;
    schema = rest;
    if (typeof reference === 'string') {
      if (seen.has(reference)) throw new UnmakeableSchema(`$ref '${reference}' refers to itself`);
      seen.add(reference);
      schema = merged(schema, referred(root, reference));
    }
    for (const part of schemasOf(allOf)) schema = merged(schema, part);
  }
  return schema;
}

function isContainer(type: string): boolean {
  return type === 'object' || type === 'array';
}

function impliedType(schema: Body): string {
  const has = (...names: string[]) => names.some((name) => name in schema);
  if (has('properties', 'required', 'additionalProperties', 'minProperties')) return 'object';
  if (has('items', 'prefixItems', 'minItems')) return 'array';
  if (has('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf')) return 'number';
  return 'string';
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
