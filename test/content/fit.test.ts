import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { fitValue } from '../../src/content/fit.ts';
import { fitList, type ListForm } from '../../src/content/fit-list.ts';
import { CutText } from '../../src/content/leaf.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

/** Machines that are busy with other things are slow. */
vi.setConfig({ testTimeout: 120_000 });

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ maxLength: 2000 }),
  fc.constantFrom('😀'.repeat(300), '\u0001'.repeat(300), '"\\'.repeat(300)),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.integer(),
    fc.constantFrom(null, true),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.string({ maxLength: 8 }), tie('value'), { maxKeys: 6 }),
  ),
})).value;

describe('a value in limited room', () => {
  it('is JSON that is no longer, or none', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 64, max: 4096 }), (original, mostBytes) => {
        const fitted = fitValue(original, mostBytes);
        if (!fitted) return;
        expect(Buffer.byteLength(fitted.json)).toBeLessThanOrEqual(mostBytes);
        const parsed: unknown = JSON.parse(fitted.json);
        if (fitted.cutBytes === 0) expect(fitted.json).toBe(JSON.stringify(original));
        else expect(JSON.stringify(parsed)).toContain(' bytes cut]');
      }),
      { numRuns: 500 },
    );
  });

  it('is whole where there is room for it', () => {
    expect(fitValue({ a: ['é'] }, 12)).toEqual({ json: '{"a":["é"]}', cutBytes: 0 });
  });

  it('says what is missing, of each text the same', () => {
    const fitted = fitValue({ long: 'a'.repeat(1000), longer: 'b'.repeat(5000), short: 'c' }, 400);
    const { long, longer, short } = JSON.parse(fitted?.json ?? '') as Record<string, string>;
    expect(short).toBe('c');
    expect(Math.abs((long?.length ?? 0) - (longer?.length ?? 0))).toBeLessThanOrEqual(1);
    const cuts = [long, longer].map((one) => Number(/^[ab]+…\[(\d+) bytes cut\]$/.exec(one ?? '')?.[1]));
    expect((long?.match(/a/g)?.length ?? 0) + (cuts[0] ?? 0)).toBe(1000);
    expect(fitted?.cutBytes).toBe((cuts[0] ?? 0) + (cuts[1] ?? 0));
  });

  it('keeps characters whole', () => {
    const fitted = fitValue('😀'.repeat(100), 99);
    expect(JSON.parse(fitted?.json ?? '')).toMatch(/^(?:😀)+…\[\d+ bytes cut\]$/u);
  });

  it('counts what was missing before', () => {
    expect(fitValue(new CutText('abc', 7), 100)).toEqual({ json: '"abc…[7 bytes cut]"', cutBytes: 7 });
  });
});

const form = (mostBytes: number, keeps: ListForm['keeps'] = 'ends'): ListForm => ({
  redactor: createRedactor('full'),
  mostBytes,
  keeps,
  gap: (items, bytes) => ({ gap: items, bytes }),
  outline: ({ name }, bytes) => ({ name, outline: bytes }),
});
type Item = { name: string; gap?: number; content?: string; outline?: number };
const fit = (items: readonly object[], mostBytes: number, keeps?: ListForm['keeps']): Item[] =>
  JSON.parse(fitList(items, form(mostBytes, keeps)).json) as Item[];
const item = (name: string, length: number) => ({ name, content: name.repeat(length) });

describe('a list in limited room', () => {
  it('is JSON that is no longer, and says of every item where it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ maxLength: 20 }), value }), { maxLength: 12 }),
        fc.integer({ min: 1024, max: 8192 }),
        fc.constantFrom('ends' as const, 'beginning' as const),
        (items, mostBytes, keeps) => {
          const fitted = fitList(items, form(mostBytes, keeps));
          expect(Buffer.byteLength(fitted.json)).toBeLessThanOrEqual(mostBytes);
          const list = JSON.parse(fitted.json) as Item[];
          const shown = list.reduce((sum, one) => sum + (one.gap ?? 1), 0);
          expect(shown).toBe(items.length);
          const whole = JSON.stringify(items);
          if (fitted.cutBytes === 0) expect(fitted.json).toBe(whole);
          if (Buffer.byteLength(whole) < mostBytes / 2) expect(fitted.cutBytes).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is whole where it has room, however it is shared out', () => {
    expect(fit([item('a', 100), item('b', 1400)], 2048)).toEqual([item('a', 100), item('b', 1400)]);
  });

  it('keeps the last and the first of a long conversation', () => {
    const list = fit(
      Array.from({ length: 40 }, (_, at) => item(String.fromCharCode(97 + (at % 26)), 200)),
      2048,
    );
    expect(list[0]).toEqual(item('a', 200));
    expect(list.at(-1)).toEqual(item('n', 200));
    expect(list[1]?.gap).toBeGreaterThan(30);
  });

  it('keeps the first of a list that is read from its beginning', () => {
    const list = fit(
      Array.from({ length: 40 }, () => item('a', 200)),
      2048,
      'beginning',
    );
    expect(list[0]).toEqual(item('a', 200));
    expect(list.at(-1)?.gap).toBeGreaterThan(30);
  });

  it('lets one endless item leave room for the others', () => {
    const list = fit([item('a', 50), item('b', 50), item('c', 1_000_000)], 2048);
    expect(list.slice(0, 2)).toEqual([item('a', 50), item('b', 50)]);
    expect(list[2]?.content).toMatch(/^c+…\[\d+ bytes cut\]$/);
  });

  it('shows the outline of an item that is all structure', () => {
    const entangled = { name: 'a', content: Array.from({ length: 10_000 }, (_, at) => ({ at })) };
    expect(fit([entangled], 1024)).toEqual([{ name: 'a', outline: expect.any(Number) }]);
  });
});
