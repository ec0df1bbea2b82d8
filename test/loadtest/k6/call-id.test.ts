import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callIdOf, parentSpanIdOf, traceparentOf } from '../../../loadtest/k6/call-id.ts';

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const iteration = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('a call id', () => {
  it('is a W3C trace id, the same for the same seed, scenario and iteration', () => {
    fc.assert(
      fc.property(seed, iteration, (s, i) => {
        const id = callIdOf(s, 'json', i);
        expect(id).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
        expect(callIdOf(s, 'json', i)).toBe(id);
        expect(traceparentOf(id)).toBe(`00-${id}-${parentSpanIdOf(id)}-01`);
      }),
    );
  });

  it('is never shared by two iterations of one scenario', () => {
    fc.assert(
      fc.property(seed, iteration, iteration, (s, a, b) => {
        fc.pre(a !== b);
        expect(callIdOf(s, 'json', a)).not.toBe(callIdOf(s, 'json', b));
      }),
    );
  });

  it('is not shared by the scenarios or seeds of 100,000 calls', () => {
    const ids = new Set<string>();
    for (let i = 0; i < 25_000; i++) {
      for (const s of [1, 2]) ids.add(callIdOf(s, 'json', i)).add(callIdOf(s, 'streams', i));
    }
    expect(ids.size).toBe(100_000);
  });
});
