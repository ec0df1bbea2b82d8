import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnmakeableSchema } from '../../../src/mock/answers/schema/schema.ts';
import { valueFor } from '../../../src/mock/answers/schema/value.ts';
import { sequence } from '../../../src/mock/seeded.ts';

function areValid(schema: unknown, values: readonly unknown[]): boolean {
  // Without the schema of schemas, whose compilation takes longer than all the rest.
  const ajv = new Ajv2020({ strict: false, meta: false, validateSchema: false });
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  const validate = ajv.compile(schema as AnySchema);
  // As they arrive: what JSON cannot hold is lost on the way.
  return values.every((value) => validate(JSON.parse(JSON.stringify(value))));
}

function valuesFor(schema: unknown, count = 40): unknown[] {
  return Array.from({ length: count }, (_, seed) => valueFor(schema, sequence(seed, 'value')));
}

const bounds = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 60 }));
const sizes = fc.tuple(fc.nat(3), fc.nat(3)).map(([least, more]) => [least, least + more] as const);

const scalar: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.record({ type: fc.constantFrom('null', 'boolean', 'string', 'integer', 'number') }),
  bounds.map(([minimum, width]) => ({ type: 'integer', minimum, maximum: minimum + width })),
  bounds.map(([exclusiveMinimum, width]) => ({
    type: 'number',
    exclusiveMinimum,
    exclusiveMaximum: exclusiveMinimum + width + 0.5,
  })),
  fc.record({ type: fc.constant('integer'), multipleOf: fc.constantFrom(1, 3, 5) }),
  fc.record({ type: fc.constant('number'), multipleOf: fc.constantFrom(0.5, 0.25, 2) }),
  sizes.map(([minLength, maxLength]) => ({ type: 'string', minLength, maxLength })),
  fc.record({
    type: fc.constant('string'),
    format: fc.constantFrom(
      ...['date-time', 'date', 'time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uuid', 'uri'],
    ),
  }),
  fc.record({
    type: fc.constant('string'),
    pattern: fc.constantFrom(
      ...[
        '^[a-z]{2,5}$',
        '^\\d{3}-\\d{4}$',
        '^(foo|bar)+$',
        '[A-Z]',
        '^[^a-z]+$',
        '^.{4}$',
        '^\\w+@\\w+\\.com$',
      ],
      ...['^#[0-9a-fA-F]{6}$', '^(?:a|b)?c*$', '^\\p{Lu}\\p{Ll}+$', '^$', '^[\\w.-]+$', '^\\u0041[\\x42-D]$'],
    ),
  }),
  fc
    .array(fc.constantFrom<unknown>('a', 'b', 1, null, true, { x: 1 }), { minLength: 1 })
    .map((values) => ({ enum: values })),
  fc.constantFrom({ const: 'fixed' }, { const: { deep: [1] } }, { type: ['string', 'null'] }, {}),
);

const { schema } = fc.letrec<{ schema: Record<string, unknown> }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.dictionary(fc.constantFrom('name', 'size', 'kind', 'list'), tie('schema')).chain((properties) =>
      fc.record({
        type: fc.constantFrom<unknown>('object', ['object', 'null']),
        properties: fc.constant(properties),
        required: fc.subarray(Object.keys(properties)),
        additionalProperties: fc.constantFrom<unknown>(false, true),
      }),
    ),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('schema') }),
    fc
      .tuple(tie('schema'), sizes)
      .map(([items, [minItems, maxItems]]) => ({ type: 'array', items, minItems, maxItems })),
    fc
      .tuple(tie('schema'), tie('schema'))
      .map(([a, b]) => ({ type: 'array', prefixItems: [a, b], items: false })),
    tie('schema').map((inner) => ({ allOf: [inner, { description: 'as it is' }] })),
    fc.constant({ $ref: '#/$defs/node' }),
    fc.constant({ $ref: '#/$defs/tree' }),
  ),
}));

const $defs = {
  node: {
    type: 'object',
    properties: { value: { type: 'number' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['value', 'next'],
    additionalProperties: false,
  },
  tree: {
    type: 'object',
    properties: { children: { type: 'array', items: { $ref: '#/$defs/tree' } } },
    required: ['children'],
    additionalProperties: false,
  },
};

describe('a value made for a schema', () => {
  test('is valid by it, whatever the schema and the seed', () => {
    fc.assert(
      fc.property(schema, fc.nat(), (inner, seed) => {
        const root = { ...inner, $defs };
        const value = valueFor(root, sequence(seed, 'value'));
        if (!areValid(root, [value])) throw new Error(`${JSON.stringify(root)} got ${JSON.stringify(value)}`);
      }),
      { numRuns: 150 },
    );
  });

  test('is the same for the same draws, and another for others', () => {
    const root = { type: 'array', items: { type: 'integer' }, minItems: 3 };
    expect(valuesFor(root)).toEqual(valuesFor(root));
    expect(new Set(valuesFor(root).map((value) => JSON.stringify(value))).size).toBeGreaterThan(30);
  });

  test.each([
    ['a schema that is its own item', { type: 'array', items: { $ref: '#' } }],
    [
      'a recursion whose end is the second of two choices',
      {
        $ref: '#/$defs/e',
        $defs: {
          e: {
            anyOf: [
              { type: 'object', properties: { of: { $ref: '#/$defs/e' } }, required: ['of'] },
              { type: 'string' },
            ],
          },
        },
      },
    ],
    [
      'optional properties',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'null' } },
        minProperties: 1,
        maxProperties: 1,
      },
    ],
    ['items that differ', { type: 'array', items: { enum: [1, 2, 3] }, uniqueItems: true, minItems: 3 }],
    [
      'names by pattern',
      {
        type: 'object',
        properties: { ab: {} },
        required: ['ab', 'ac'],
        patternProperties: { '^a': { type: 'integer' } },
      },
    ],
    [
      'allOf of objects',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a'] },
          { properties: { a: { maximum: 5 }, b: { const: 1 } }, required: ['b'] },
        ],
      },
    ],
    [
      'a reference with siblings',
      { $ref: '#/$defs/n', minimum: 5, $defs: { n: { type: 'integer', maximum: 6 } } },
    ],
    ['a named anchor', { $ref: '#word', $defs: { w: { $anchor: 'word', type: 'string', maxLength: 3 } } }],
    ['an integer that is a number too', { allOf: [{ type: 'number' }, { type: 'integer' }] }],
    [
      'discriminated choices',
      {
        oneOf: [
          { type: 'object', properties: { kind: { const: 'a' } }, required: ['kind'] },
          { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
        ],
      },
    ],
    [
      'a range narrower than a hundredth',
      { type: 'number', exclusiveMinimum: 0.001, exclusiveMaximum: 0.002 },
    ],
    ['true', true],
  ])('is valid by %s', (_what, root) => {
    expect(areValid(root, valuesFor(root))).toBe(true);
  });

  test.each([
    ['nothing', false, 'no value is valid'],
    ['an endless one', { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }, 'no end'],
    [
      'endless choices',
      { type: 'object', properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#' }] } }, required: ['a'] },
      'no choice',
    ],
    ['a reference to itself', { $ref: '#' }, 'refers to itself'],
    ['a reference to nothing', { $ref: '#/$defs/none' }, 'leads nowhere'],
    ['a reference elsewhere', { $ref: 'https://example.com/schema' }, 'not within the schema'],
    ['two types at once', { allOf: [{ type: 'string' }, { type: 'null' }] }, 'both string and null'],
    ['an empty range', { type: 'integer', minimum: 3, maximum: 2 }, 'no number'],
    ['a pattern against its length', { type: 'string', pattern: '^a{9}$', maxLength: 3 }, 'no text'],
    ['a pattern that is none', { type: 'string', pattern: '(' }, 'no regular expression'],
    ['a back reference', { type: 'string', pattern: '^(a|b)\\1$' }, 'more than the mock can read'],
    ['a text without an end', { type: 'string', minLength: 1e9 }, 'at most 100000 characters'],
    ['a pattern without an end', { type: 'string', pattern: 'a{1000000000}' }, 'repeats too much'],
    ['repeats of repeats', { type: 'string', pattern: '((a{999}){999}){999}' }, 'repeats too much'],
    ['an array without an end', { type: 'array', minItems: 1e9, items: { const: 1 } }, 'no end'],
    ['an object without an end', { type: 'object', minProperties: 1e9 }, 'at most 10000 properties'],
    ['a keyword to test by', { not: { type: 'string' } }, 'does not know `not`'],
    ['a type that does not exist', { type: 'text' }, "no type 'text'"],
    [
      'too few items to differ',
      { type: 'array', items: { const: 1 }, uniqueItems: true, minItems: 2 },
      'too few different items',
    ],
  ])('does not exist for %s', (_what, root, message) => {
    expect(() => valueFor(root, sequence(1, 'value'))).toThrow(UnmakeableSchema);
    expect(() => valueFor(root, sequence(1, 'value'))).toThrow(message);
  });
});
