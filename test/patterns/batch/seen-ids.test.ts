import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenIds } from '../../../src/patterns/batch/seen-ids.ts';

test('ids that come again are found with the place of the first, as a map would', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 2 }), { maxLength: 300 }), (ids) => {
      const seen = new SeenIds();
      const model = new Map<string, number>();
      for (const [place, id] of ids.entries()) {
        expect(seen.add(id, place)).toBe(model.get(id));
        if (!model.has(id)) model.set(id, place);
      }
    }),
  );
});

test('it grows, and knows all of many', () => {
  const seen = new SeenIds();
  const ids = Array.from({ length: 5_000 }, (_, index) => `request-${index}`);
  for (const [place, id] of ids.entries()) expect(seen.add(id, place)).toBeUndefined();
  expect(ids.every((id, place) => seen.add(id, 99_999) === place)).toBe(true);
});
