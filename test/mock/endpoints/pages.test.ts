import fc from 'fast-check';
import { expect, test } from 'vitest';
import { page } from '../../../src/mock/endpoints/pages.ts';

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly next: string | null;
}

function pageAt(ids: readonly string[], query: Record<string, string>): Page {
  const items = ids.map((id) => ({ id }));
  const answer = page(items, new URLSearchParams(query), { defaultLimit: 20, mostLimit: 100, next: true });
  if (answer.kind === 'refusal') throw new Error(answer.body);
  return JSON.parse(String(answer.body));
}

const lists = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 60 });

test('pages one after the other are the list, in either order and by either cursor', () => {
  fc.assert(
    fc.property(
      lists,
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom('asc', 'desc'),
      (ids, limit, order) => {
        const seen: string[] = [];
        for (let after: string | null = ''; after !== null; ) {
          const cursor: Record<string, string> = after === '' ? {} : { after };
          const { data, has_more, next } = pageAt(ids, { limit: `${limit}`, order, ...cursor });
          expect(data.length).toBeLessThanOrEqual(limit);
          seen.push(...data.map(({ id }) => id));
          expect(has_more).toBe(next !== null);
          after = next;
        }
        expect(seen).toEqual(order === 'asc' ? ids : ids.toReversed());
      },
    ),
  );
});

test('a page before something ends right there', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 1, max: 100 }), fc.nat(), (ids, limit, n) => {
      fc.pre(ids.length > 0);
      const at = n % ids.length;
      const { data, has_more } = pageAt(ids, { limit: `${limit}`, order: 'asc', before: ids[at] ?? '' });
      expect(data.map(({ id }) => id)).toEqual(ids.slice(Math.max(0, at - limit), at));
      expect(has_more).toBe(at > limit);
    }),
  );
});
