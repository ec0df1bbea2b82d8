import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RecordStore } from '../../../src/patterns/index.ts';

/** A place for records that nothing is in yet. */
export interface StorePlace {
  /** A store of it, as another process would have it. */
  readonly open: () => RecordStore;
}

const awkwardIds = [
  'a',
  'A',
  '.',
  '..',
  '../../etc/passwd',
  'a/b',
  'a\\b',
  'a%2fb',
  'con',
  'CON',
  'com1',
  'nul.json',
  'a.',
  'a ',
  ' ',
  '\0',
  '\n',
  '~',
  '*?"<>|:',
  '-rf',
  '🦊',
  'é',
  'e\u0301',
  'ß'.repeat(256),
  '🦊'.repeat(128),
  `${'x'.repeat(255)}1`,
  `${'x'.repeat(255)}2`,
  '__proto__',
  'constructor',
];

const anyId = fc.oneof(
  fc.constantFrom(...awkwardIds),
  fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((id) => id.length <= 256),
);

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: unknown }).code,
  );

const operation = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    id: fc.nat(5),
    value: fc.jsonValue(),
    expects: fc.constantFrom('any' as const, 'none' as const, 'right' as const, 'stale' as const),
  }),
  fc.record({ kind: fc.constant('read' as const), id: fc.nat(5) }),
  fc.record({ kind: fc.constant('delete' as const), id: fc.nat(5) }),
  fc.record({ kind: fc.constant('list' as const), prefix: fc.constantFrom('', 'a', '.', 'con', '🦊') }),
);

/** What every store keeps to. */
export function describeStore(name: string, makePlace: () => StorePlace, runs = 40): void {
  describe(name, () => {
    let place: StorePlace;
    let store: RecordStore;
    beforeEach(() => {
      place = makePlace();
      store = place.open();
    });

    test('is, for two who share it, a map with revisions that never come again', async () => {
      const ids = fc.uniqueArray(anyId, { minLength: 6, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(ids, fc.array(operation, { maxLength: 25 }), async (names, operations) => {
          const shared = makePlace();
          const stores = [shared.open(), shared.open()] as const;
          const model = new Map<string, { json: string; revision: string }>();
          const given = new Set<string>();
          for (const [at, step] of operations.entries()) {
            const own = at % 2 === 0 ? stores[0] : stores[1];
            if (step.kind === 'list') {
              const listed = (await own.list(step.prefix)).map(({ id }) => id);
              expect(listed.toSorted()).toEqual(
                [...model.keys()].filter((id) => id.startsWith(step.prefix)).toSorted(),
              );
              continue;
            }
            const id = names[step.id] ?? '';
            const before = model.get(id);
            if (step.kind === 'read') {
              const found = await own.read(id);
              expect(found && { json: JSON.stringify(found.value), revision: found.revision }).toEqual(
                before,
              );
            } else if (step.kind === 'delete') {
              expect(await own.delete(id)).toBe(model.delete(id));
            } else {
              const expected = {
                any: undefined,
                none: null,
                right: before?.revision ?? null,
                stale: [...given].find((revision) => revision !== before?.revision) ?? 'of nobody',
              }[step.expects];
              const written = own.write(id, step.value, expected);
              if (expected !== undefined && expected !== (before?.revision ?? null)) {
                expect(await codeOf(written)).toBe('record_conflict');
                continue;
              }
              const revision = await written;
              expect(given.has(revision)).toBe(false);
              given.add(revision);
              model.set(id, { json: JSON.stringify(step.value), revision });
            }
          }
        }),
        { numRuns: runs },
      );
    });

    test('keeps records of any id apart', async () => {
      for (const [at, id] of awkwardIds.entries()) await store.write(id, { at }, null);
      for (const [at, id] of awkwardIds.entries())
        expect((await place.open().read(id))?.value).toEqual({ at });
      expect((await place.open().list()).map(({ id }) => id).toSorted()).toEqual(awkwardIds.toSorted());
      expect((await store.list('x')).length).toBe(2);
      expect((await store.list('x'.repeat(250))).length).toBe(2);
      expect((await store.list('x'.repeat(257))).length).toBe(0);
    });

    test('lists what was written last first, and when', async () => {
      const beforeMs = Date.now() - 1;
      for (const id of ['a', 'b', 'c', 'a']) await store.write(id, 1);
      const listed = await store.list();
      expect(listed.map(({ id }) => id)).toEqual(['a', 'c', 'b']);
      for (const { changedMs } of listed) {
        expect(Number.isInteger(changedMs)).toBe(true);
        expect(changedMs).toBeGreaterThanOrEqual(beforeMs);
        expect(changedMs).toBeLessThanOrEqual(Date.now() + 1);
      }
    });

    test('gives a value that nobody else has', async () => {
      const value = { turns: [1] };
      await store.write('a', value);
      value.turns.push(2);
      const found = (await store.read('a'))?.value as { turns: number[] };
      found.turns.push(3);
      expect((await store.read('a'))?.value).toEqual({ turns: [1] });
    });

    test('lets one of many writers with the same revision win', async () => {
      const first = await store.write('a', 0, null);
      const stores = [store, place.open(), place.open()];
      const told = await Promise.all(
        Array.from({ length: 9 }, (_, at) => codeOf((stores[at % 3] ?? store).write('a', at, first))),
      );
      expect(told.filter((code) => code === 'no error')).toHaveLength(1);
      expect(told.filter((code) => code === 'record_conflict')).toHaveLength(8);
    });

    test('refuses what is no id, no value and no option, and stays as it was', async () => {
      for (const id of ['', 'x'.repeat(257), '\ud800', undefined, 1] as string[]) {
        expect(await codeOf(store.read(id))).toBe('invalid_option');
        expect(await codeOf(store.write(id, 1))).toBe('invalid_option');
        expect(await codeOf(store.delete(id))).toBe('invalid_option');
        expect(await codeOf(store.hold(id))).toBe('invalid_option');
      }
      const circle: unknown[] = [];
      circle.push(circle);
      for (const value of [undefined, () => 1, 1n, circle])
        expect(await codeOf(store.write('a', value))).toBe('invalid_option');
      for (const waitMs of [-1, Number.NaN, 2 ** 31, '1' as unknown as number])
        expect(await codeOf(store.hold('a', { waitMs }))).toBe('invalid_option');
      expect(await codeOf(store.list(1 as unknown as string))).toBe('invalid_option');
      expect(await store.list()).toEqual([]);
      await (await store.hold('a', { waitMs: 0 })).release();
    });

    test('gives a hold to those who wait, in order, and to no two at once', async () => {
      const told: string[] = [];
      const work = async (who: string): Promise<void> => {
        const hold = await store.hold('a');
        told.push(`${who} in`);
        await new Promise((resolve) => setImmediate(resolve));
        told.push(`${who} out`);
        await hold.release();
        await hold.release();
      };
      await Promise.all(['1', '2', '3'].map(work));
      expect(told).toEqual(['1 in', '1 out', '2 in', '2 out', '3 in', '3 out']);
    });

    test('holds a record against another process, and no other record', async () => {
      const other = place.open();
      const hold = await store.hold('a');
      expect(await codeOf(other.hold('a', { waitMs: 0 }))).toBe('record_locked');
      expect(await codeOf(store.hold('a', { waitMs: 0 }))).toBe('record_locked');
      expect(await codeOf(other.hold('a', { waitMs: 15 }))).toBe('record_locked');
      await (await other.hold('A', { waitMs: 0 })).release();
      await store.write('a', 1);
      await other.write('a', 2);
      const next = other.hold('a');
      await hold.release();
      const second = await next;
      await hold.release();
      expect(await codeOf(store.hold('a', { waitMs: 0 }))).toBe('record_locked');
      await second.release();
      await (await store.hold('a', { waitMs: 0 })).release();
    });

    test('ends a wait with the reason of its signal, and keeps its place for nobody', async () => {
      const reason = new Error('enough');
      for (const waiting of [store, place.open()]) {
        const hold = await store.hold('a');
        const controller = new AbortController();
        const wait = waiting.hold('a', { signal: controller.signal });
        controller.abort(reason);
        await expect(wait).rejects.toBe(reason);
        await expect(waiting.hold('a', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        await hold.release();
        await (await waiting.hold('a', { waitMs: 0 })).release();
      }
    });
  });
}
