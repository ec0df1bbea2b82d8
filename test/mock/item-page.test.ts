import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '../../src/mock/bounded-map.ts';
import { pageOf } from '../../src/mock/endpoints/item-page.ts';

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string;
  readonly last_id: string;
}

test('pages, one after the other, are the whole list in its order, none but the last short', () => {
  const sizes = {
    count: fc.nat(130),
    limit: fc.integer({ min: 1, max: 100 }),
    order: fc.constantFrom('asc', 'desc'),
  };
  fc.assert(
    fc.property(fc.record(sizes), ({ count, limit, order }) => {
      const items = Array.from({ length: count }, (_, n) => ({ id: `item_${n}` }));
      const seen: { readonly id: string }[] = [];
      for (let hasMore = true; hasMore; ) {
        const after = seen.at(-1)?.id;
        const query = new URLSearchParams({ limit: String(limit), order, ...(after ? { after } : {}) });
        const page = pageOf(items, query) as unknown as Page;
        expect([page.first_id, page.last_id]).toEqual([page.data[0]?.id ?? '', page.data.at(-1)?.id ?? '']);
        hasMore = page.has_more;
        if (hasMore) expect(page.data).toHaveLength(limit);
        seen.push(...page.data);
      }
      expect(seen).toEqual(order === 'asc' ? items : items.toReversed());
    }),
  );
});

test('a bounded map is a map of the newest that fit', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
  const step = fc.oneof(
    fc.record({ act: fc.constant('set' as const), key, bytes: fc.nat(40) }),
    fc.record({ act: fc.constant('grow' as const), key, bytes: fc.nat(20) }),
    fc.record({ act: fc.constant('delete' as const), key, bytes: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new BoundedMap<number>(4, 100);
      let model: { key: string; value: number; bytes: number }[] = [];
      for (const [value, { act, key: name, bytes }] of steps.entries()) {
        const index = model.findIndex((entry) => entry.key === name);
        if (act === 'set') {
          map.set(name, value, bytes);
          model = [...model.filter((entry) => entry.key !== name), { key: name, value, bytes }];
        } else if (act === 'grow') {
          map.grow(name, bytes);
          model = model.map((entry, n) => (n === index ? { ...entry, bytes: entry.bytes + bytes } : entry));
        } else {
          expect(map.delete(name)).toBe(index !== -1);
          model = model.filter((entry) => entry.key !== name);
        }
        while (model.length > 4 || model.reduce((sum, entry) => sum + entry.bytes, 0) > 100) model.shift();
        expect([...map.values()]).toEqual(model.map((entry) => entry.value));
        for (const entry of model) expect(map.get(entry.key)).toBe(entry.value);
      }
    }),
  );
});
