import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cases } from './cases/index.ts';
import { asked, identifier } from './methods/arguments.ts';
import { answered, methodCases, methodsIn } from './methods/method-cases.ts';
import { elsewhere, notCalled, special } from './methods/table.ts';
import { perform } from './perform.ts';
import { RecordBook } from './record-book.ts';
import { isAttempt, isCall } from './span-book.ts';
import { worlds } from './worlds.ts';

/** The path that the server saw, with what stands for an identifier replaced: every one of them is known here. */
function routeOf(path: string): string {
  return path
    .replace(/^\/v1/, '')
    .replace(/\?.*/, '')
    .replace(`/models/${identifier}`, '/models/{model}')
    .replaceAll(identifier, '{id}');
}

describe.each(worlds)('openai $version, every method of every resource', (world) => {
  let book: RecordBook;
  beforeAll(() => {
    book = new RecordBook();
  });
  afterAll(() => book.close());
  beforeEach(() => book.clear());

  it('has a case, or a reason why it has none', () => {
    const methods = methodsIn(world).map(({ name }) => name);
    expect(methods.length).toBeGreaterThan(100);
    const told = [
      ...methodCases.map(({ name }) => name),
      ...Object.keys(elsewhere),
      ...Object.keys(notCalled),
    ];
    expect(methods.filter((name) => !told.includes(name))).toEqual([]);
    expect(new Set(told).size).toBe(told.length);
  });

  it.each(methodCases.filter(({ versions }) => versions?.includes(world.version) ?? true))(
    'is told without identifiers and content: $name',
    async (one) => {
      const { exchanges, result } = await perform(one, world, true);
      const spans = book.spans.own;
      expect(spans.filter(isCall)).toHaveLength(exchanges.length);
      const routes = exchanges.map(({ path }) => routeOf(path));
      const attempts = spans.filter(isAttempt);
      expect(attempts.map(({ attributes }) => attributes['url.template'])).toEqual(routes);
      expect(attempts.map(({ name }) => name)).toEqual(
        exchanges.map(({ method }, index) => `${method} ${routes[index]}`),
      );
      for (const { name } of spans.filter(isCall)) expect(name).not.toContain(identifier);
      const text = await book.text();
      expect(text).not.toMatch(/kestrel|nuthatch/i);
      // They were there.
      expect(JSON.stringify([exchanges, result])).toMatch(
        new RegExp(`${identifier}|${asked}|${answered}|,255,`),
      );
    },
  );
});

it('the lists of methods are about methods that there are', () => {
  const methods = new Set(worlds.flatMap(methodsIn).map(({ name }) => name));
  const listed = [special, elsewhere, notCalled].flatMap((list) => Object.keys(list));
  expect(listed.filter((name) => !methods.has(name))).toEqual([]);
  const names = cases.map(({ name }) => name);
  expect(Object.values(elsewhere).filter((name) => !names.includes(name))).toEqual([]);
});
