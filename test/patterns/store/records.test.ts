import { describe, expect, test } from 'vitest';
import { memoryRecords } from '../../../src/patterns/index.ts';
import { type RecordKind, Records } from '../../../src/patterns/store/records.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

interface Note {
  readonly text: string;
  readonly tags: readonly string[];
}

/** The first version had no tags. */
const notes: RecordKind<Note> = {
  name: 'note',
  version: 2,
  read: ({ text, tags }, version) => {
    if (typeof text !== 'string') throw new Error('it has no text');
    return { text, tags: version === 1 ? [] : (tags as string[]) };
  },
};

describe('the records of a pattern', () => {
  test('are read as they were written, and found by their own ids', async () => {
    const store = memoryRecords();
    const records = new Records(store, notes);
    const others = new Records(store, { ...notes, name: 'not' });
    const revision = await records.write('a/b', { text: 'x', tags: ['y'] }, null);
    await others.write('c', { text: 'z', tags: [] });
    expect(await records.read('a/b')).toEqual({ value: { text: 'x', tags: ['y'] }, revision });
    expect(await records.read('c')).toBeUndefined();
    expect((await records.list()).map(({ id }) => id)).toEqual(['a/b']);
    expect((await others.list()).map(({ id }) => id)).toEqual(['c']);
    await expect(records.write('a/b', { text: '', tags: [] }, null)).rejects.toMatchObject({
      code: 'record_conflict',
    });
    const hold = await records.hold('c');
    await (await others.hold('c', { waitMs: 0 })).release();
    await expect(records.hold('c', { waitMs: 0 })).rejects.toMatchObject({ code: 'record_locked' });
    await hold.release();
    expect(await records.delete('a/b')).toBe(true);
    expect(await records.delete('a/b')).toBe(false);
  });

  test('of an older version are read, and written in the present one', async () => {
    const store = memoryRecords();
    const records = new Records(store, notes);
    await store.write('note/a', { version: 1, text: 'old' });
    const found = await records.read('a');
    expect(found?.value).toEqual({ text: 'old', tags: [] });
    await records.write('a', { text: 'old', tags: ['new'] }, found?.revision ?? null);
    expect((await store.read('note/a'))?.value).toEqual({ version: 2, text: 'old', tags: ['new'] });
  });

  test('of a newer version, or that are no such record, say so and stay as they are', async () => {
    const store = memoryRecords();
    const records = new Records(store, notes);
    const cases: readonly (readonly [unknown, string, string])[] = [
      [{ version: 3, text: 'x' }, 'record_newer', 'has version 3, and this Telltale knows 2'],
      [{ version: 2, text: 1 }, 'record_damaged', 'it has no text'],
      [{ text: 'x' }, 'record_damaged', 'it has no version'],
      [{ version: 1.5, text: 'x' }, 'record_damaged', 'it has no version'],
      [{ version: 0, text: 'x' }, 'record_damaged', 'it has no version'],
      [{ version: '2', text: 'x' }, 'record_damaged', 'it has no version'],
      [[], 'record_damaged', 'it has no version'],
      [null, 'record_damaged', 'it has no version'],
      ['text', 'record_damaged', 'it has no version'],
    ];
    for (const [value, code, told] of cases) {
      await store.write('note/a', value);
      await expect(records.read('a')).rejects.toMatchObject({
        code,
        message: expect.stringMatching(new RegExp(`^The record \`a\` .*${told}`)),
      });
      expect((await store.read('note/a'))?.value).toEqual(value);
    }
  });

  test('of a newer version are not written over by one who has not read them', async () => {
    const store = memoryRecords();
    const records = new Records(store, notes);
    const newer = { version: 3, text: 'x' };
    await store.write('note/a', newer);
    await expect(records.write('a', { text: 'old', tags: [] })).rejects.toMatchObject({
      code: 'record_newer',
    });
    expect((await store.read('note/a'))?.value).toEqual(newer);
    await store.write('note/a', 'damaged');
    await records.write('a', { text: 'new', tags: [] });
    expect((await records.read('a'))?.value.text).toBe('new');
  });

  test('have ids of as many characters as the store has room for', async () => {
    const records = new Records(memoryRecords(), notes);
    await records.write('x'.repeat(251), { text: '', tags: [] });
    for (const id of ['', 'x'.repeat(252)])
      await expect(records.write(id, { text: '', tags: [] })).rejects.toThrow(
        'Expected `id` to be a text of 1 to 251 characters',
      );
  });
});

test('memoryRecords says when a record was written, and stops waiting, by its clock', async () => {
  const clock = createFakeClock();
  const store = memoryRecords({ clock });
  await store.write('a', 1);
  clock.advance(1_000);
  await store.write('b', 1);
  expect(await store.list()).toEqual([
    { id: 'b', changedMs: clock.epochMs() },
    { id: 'a', changedMs: clock.epochMs() - 1_000 },
  ]);
  const hold = await store.hold('a');
  const late = store.hold('a');
  const patient = store.hold('a', { waitMs: 60_000 });
  clock.advance(29_999);
  expect(clock.waiting()).toBe(2);
  clock.advance(1);
  await expect(late).rejects.toMatchObject({ code: 'record_locked' });
  await hold.release();
  await (await patient).release();
  expect(clock.waiting()).toBe(0);
  expect(() => memoryRecords({ clok: clock } as never)).toThrow('Did you mean `clock`?');
});
