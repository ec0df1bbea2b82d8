import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeCache, sorted } from '../../src/observe/attribute-cache.ts';

const part = fc.constantFrom(undefined, 'undefined', 'null', '', '","', '1', 1, 0);
/** Most are like the one before but for one value. */
const change = fc.record({ at: fc.nat(3), to: part });

describe('AttributeCache', () => {
  it('gives what would be made anew, and the same object for the same values', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const cache = new AttributeCache(([a, b, c, d]) => ({ d, c, b, a }));
        const given = new Map<string, Attributes>();
        const parts: (string | number | undefined)[] = [];
        for (const { at, to } of changes) {
          parts[at] = to;
          const [a, b, c, d] = parts;
          const attributes = cache.get(a, b, c, d);
          expect(attributes).toEqual(sorted({ a, b, c, d }));
          const key = [a, b, c, d].map((value) => `${typeof value} ${value}`).join('\n');
          expect(attributes).toBe(given.get(key) ?? attributes);
          given.set(key, attributes);
        }
      }),
    );
  });

  it('keeps no more than 500, and is right past them', () => {
    let made = 0;
    const cache = new AttributeCache(([model]) => {
      made += 1;
      return { model };
    });
    for (let round = 0; round < 2; round++) {
      for (let at = 0; at < 501; at++) expect(cache.get(`model ${at}`)).toEqual({ model: `model ${at}` });
    }
    expect(made).toBe(1_002);
  });
});

describe('sorted', () => {
  it('leaves out what is undefined and puts the names in order', () => {
    expect(Object.entries(sorted({ b: 0, c: undefined, a: '' }))).toEqual([
      ['a', ''],
      ['b', 0],
    ]);
  });
});
