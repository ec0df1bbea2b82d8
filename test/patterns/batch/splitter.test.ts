import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LineSize, Splitter } from '../../../src/patterns/batch/splitter.ts';

const line = fc.record({
  model: fc.constantFrom('a', 'b', 'c'),
  bytes: fc.integer({ min: 1, max: 50 }),
  inputs: fc.integer({ min: 0, max: 5 }),
  tokens: fc.integer({ min: 0, max: 30 }),
});

const bounds = fc.record({
  requests: fc.integer({ min: 1, max: 6 }),
  bytes: fc.integer({ min: 50, max: 120 }),
  inputs: fc.integer({ min: 5, max: 9 }),
  quotas: fc.record({ a: fc.integer({ min: 30, max: 60 }), b: fc.integer({ min: 30, max: 90 }) }),
});

type Bounds = typeof bounds extends fc.Arbitrary<infer T> ? T : never;

const quotaOf =
  ({ quotas }: Bounds) =>
  (model: string): number =>
    (quotas as Record<string, number>)[model] ?? Number.POSITIVE_INFINITY;

function fits(lines: readonly LineSize[], limits: Bounds): boolean {
  const sum = (name: 'bytes' | 'inputs' | 'tokens'): number =>
    lines.reduce((total, at) => total + at[name], 0);
  return (
    lines.length <= limits.requests &&
    sum('bytes') <= limits.bytes &&
    sum('inputs') <= limits.inputs &&
    sum('tokens') <= quotaOf(limits)(lines[0]?.model ?? '')
  );
}

/** The plain model: of each model's lines, in order, as many as fit. */
function split(lines: readonly LineSize[], limits: Bounds): readonly (readonly LineSize[])[] {
  const models = [...new Set(lines.map(({ model }) => model))];
  return models.flatMap((model) => {
    const own = lines.filter((one) => one.model === model);
    const parts: LineSize[][] = [];
    for (const one of own) {
      const last = parts.at(-1);
      if (last && fits([...last, one], limits)) last.push(one);
      else parts.push([one]);
    }
    return parts;
  });
}

test('a splitter fills batches as the plain model does, in order and within every limit', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), bounds, (lines, limits) => {
      const splitter = new Splitter({ ...limits, tokensOf: quotaOf(limits) });
      const parts: LineSize[][] = [];
      const filled = new Set<number>();
      for (const one of lines) {
        expect(splitter.problemOf(one)).toBeUndefined();
        const placed = splitter.place(one);
        // Whoever writes the part may have closed its file.
        expect(filled.has(placed.part)).toBe(false);
        if (placed.filled !== undefined) filled.add(placed.filled);
        parts[placed.part] = [...(parts[placed.part] ?? []), one];
      }
      expect(new Set(parts.map((part) => JSON.stringify(part)))).toEqual(
        new Set(split(lines, limits).map((part) => JSON.stringify(part))),
      );
      expect(parts.length).toBe(split(lines, limits).length);
      for (const part of parts) expect(fits(part, limits)).toBe(true);
      expect(splitter.parts.map(({ requests }) => requests)).toEqual(parts.map((part) => part.length));
    }),
  );
});

test('a line that no batch can hold is told with what it has and what there is room for', () => {
  const splitter = new Splitter({ requests: 5, bytes: 100, inputs: 3, tokensOf: () => 50 });
  const fitting = { model: 'a', bytes: 100, inputs: 3, tokens: 50 };
  expect(splitter.problemOf(fitting)).toBeUndefined();
  expect(splitter.problemOf({ ...fitting, bytes: 101 })).toBe('has 101 bytes, and a batch takes 100');
  expect(splitter.problemOf({ ...fitting, inputs: 4 })).toBe('has 4 inputs, and a batch takes 3');
  expect(splitter.problemOf({ ...fitting, tokens: 51 })).toBe(
    'has about 51 tokens, and the queue of a takes 50',
  );
});
