import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EraseOptions, eraseFromAudit, fileAuditStore, readAudit } from '../../../src/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';
import { dayMs, newAudit, newDirectory } from './support.ts';

const textOf = (directory: string): string =>
  readdirSync(directory)
    .map((name) => readFileSync(path.join(directory, name), 'utf8'))
    .join('');

/** An audit of two days, the second of them today. */
async function twoDays(more: { readonly hashUsersWith?: string } = {}) {
  const directory = newDirectory();
  const store = fileAuditStore(directory);
  const clock = createFakeClock();
  clock.advance(3_600_000);
  const { audit, tell } = newAudit({ store, ...more }, clock);
  tell({ user: 'u-42', tags: { feature: 'search', name: 'Marta' } }, endedCall({ costUsd: 0.5 }));
  tell({ user: 'u-42', tags: { feature: 'chat' } }, endedCall({ costUsd: 0.1, model: 'gpt-5' }));
  tell({ user: 'u-7', tags: { feature: 'chat' } }, endedCall({ costUsd: 0.25 }));
  tell({ user: 'u-7', tags: { about: 'u-42' } }, endedCall({ costUsd: 0.25 }));
  tell({}, endedCall({ costUsd: 0.125 }));
  await audit.flush();
  clock.advance(dayMs);
  tell({ user: 'u-42' }, endedCall({ costUsd: 1 }));
  await audit.flush();
  return { directory, store, clock, audit, tell };
}

describe('eraseFromAudit', () => {
  it('takes the user and what tags say of them out of days that are over, and keeps the sums', async () => {
    const { directory, store, clock } = await twoDays();
    const [first = '', second = ''] = readdirSync(directory).sort();
    const sums = await readAudit(store, { by: ['day', 'model', 'endpoint'] });
    const erased = await eraseFromAudit(store, { user: 'u-42', keepTags: ['feature'], clock });
    const file = path.join(directory, first);
    expect(erased).toEqual({
      calls: 2,
      files: [file],
      unreadableLines: 0,
      left: [path.join(directory, second)],
    });
    expect(readFileSync(file, 'utf8')).not.toMatch(/u-42|Marta/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual([first, second]);
    expect(await readAudit(store, { by: ['day', 'model', 'endpoint'] })).toEqual(sums);
    const day = first.slice(0, 10);
    const { rows } = await readAudit(store, { from: day, to: day, by: ['user', 'tag:feature'] });
    expect(rows).toMatchObject([
      { user: '_none', tags: { feature: '_none' }, costUsd: 0.125 },
      { user: '_none', tags: { feature: 'chat' }, costUsd: 0.1 },
      { user: '_none', tags: { feature: 'search' }, costUsd: 0.5 },
      { user: 'u-7', tags: { feature: '_none' }, costUsd: 0.25 },
      { user: 'u-7', tags: { feature: 'chat' }, costUsd: 0.25 },
    ]);
  });

  it('leaves what a process may still write to, which goes on as before', async () => {
    const { directory, store, clock, audit, tell } = await twoDays();
    await eraseFromAudit(store, { user: 'u-42', clock });
    tell({ user: 'u-42' }, endedCall({ costUsd: 1 }));
    await audit.flush();
    expect((await readAudit(store, { by: [], where: { user: 'u-42' } })).rows).toMatchObject([
      { costUsd: 2 },
    ]);
    // Ten past midnight: nobody is late any more.
    clock.advance(dayMs - (clock.epochMs() % dayMs) + 599_999);
    expect((await eraseFromAudit(store, { user: 'u-42', clock })).left).toHaveLength(1);
    clock.advance(1);
    expect(await eraseFromAudit(store, { user: 'u-42', clock })).toMatchObject({ calls: 2, left: [] });
    expect(textOf(directory)).not.toContain('u-42');
    expect((await readAudit(store, { by: [] })).rows).toMatchObject([{ calls: 7 }]);
  });

  it('writes files of today anew where no process does', async () => {
    const { directory, store, clock } = await twoDays();
    const erased = await eraseFromAudit(store, { user: 'u-42', stopped: true, clock });
    expect(erased).toMatchObject({ calls: 3, left: [] });
    expect(textOf(directory)).not.toContain('u-42');
    expect(await eraseFromAudit(store, { user: 'u-42', stopped: true, clock })).toMatchObject({
      calls: 0,
      files: [],
    });
  });

  it('finds a user by their HMAC, and of the time before it by the plain id', async () => {
    const hashUsersWith = 'a key of sixteen characters';
    const { directory, store, clock } = await twoDays({ hashUsersWith });
    expect(await eraseFromAudit(store, { user: 'u-42', stopped: true, clock })).toMatchObject({ calls: 0 });
    const erased = await eraseFromAudit(store, { user: 'u-42', hashUsersWith, stopped: true, clock });
    expect(erased).toMatchObject({ calls: 3 });
    expect((await readAudit(store, { where: { user: 'u-42' } }, { hashUsersWith })).rows).toEqual([]);
    expect(textOf(directory)).not.toMatch(/u-42|Marta/);
  });

  it('removes lines that cannot be read, which may be theirs, and what a crash left of a rewrite', async () => {
    const { directory, store, clock } = await twoDays();
    const [first = ''] = readdirSync(directory).sort();
    const file = path.join(directory, first);
    const line =
      readFileSync(file, 'utf8')
        .split('\n')
        .find((one) => one.includes('u-42')) ?? '';
    appendFileSync(
      file,
      `${line.slice(0, 40)}\n${line.replace('u-42', 'u-4X')}\nu-42\n${line}\n${line.slice(0, 60)}`,
    );
    writeFileSync(`${file}.new`, line);
    const sums = (await readAudit(store, { by: ['day', 'model'] })).rows;
    const erased = await eraseFromAudit(store, { user: 'u-42', stopped: true, clock });
    expect(erased).toMatchObject({ calls: 3, unreadableLines: 4 });
    expect(existsSync(`${file}.new`)).toBe(false);
    expect(textOf(directory)).not.toMatch(/u-4/);
    expect(await readAudit(store, { by: ['day', 'model'] })).toEqual({ rows: sums, corrupt: [] });
  });

  it('changes nothing where a newer version has written, or somebody else erases', async () => {
    const { directory, store, clock } = await twoDays();
    const options: EraseOptions = { user: 'u-42', stopped: true, clock };
    const before = textOf(directory);
    const lock = path.join(directory, 'erase.lock');
    const both = await Promise.allSettled([eraseFromAudit(store, options), eraseFromAudit(store, options)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'record_locked' },
    });
    expect(existsSync(lock)).toBe(false);
    const text = '{"v":2,"k":["u-42"]}';
    const file = path.join(directory, '2020-01-01.1.jsonl');
    writeFileSync(file, `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`);
    const now = textOf(directory);
    expect(now).not.toBe(before);
    await expect(eraseFromAudit(store, { ...options, user: 'u-7' })).rejects.toMatchObject({
      code: 'record_newer',
      message: `Line 1 of ${file} was written by a newer version of Telltale, so nothing was erased. Erase with that version.`,
    });
    expect(textOf(directory)).toBe(now);
  });

  it('finds nobody where there is no directory', async () => {
    const directory = path.join(newDirectory(), 'not');
    expect(await eraseFromAudit(fileAuditStore(directory), { user: 'u-42' })).toMatchObject({ calls: 0 });
    expect(existsSync(directory)).toBe(false);
  });

  it.each([
    [{}, 'Expected `options.user`'],
    [{ user: '_none' }, 'Expected `options.user` to be the id of a user, got'],
    [{ user: 'u', keepTags: 'feature' }, 'Expected `options.keepTags` to be a list of names of tags'],
    [{ user: 'u', keepTags: [1] }, 'Expected `options.keepTags[0]`'],
    [{ user: 'u', stopped: 'yes' }, 'Expected `options.stopped`'],
    [{ user: 'u', hashUsersWith: undefined }, 'Expected `options.hashUsersWith`'],
    [{ user: 'u', stoped: true }, 'Did you mean `stopped`?'],
  ])('refuses %j', async (options, message) => {
    const given = [fileAuditStore(newDirectory()), options];
    await expect(Reflect.apply(eraseFromAudit, undefined, given)).rejects.toThrow(message);
  });

  it('keeps every sum that names neither users nor tags, and what was counted for others', async () => {
    const aUser = fc.constantFrom('u-1', 'u-2', '_none', 'ü"\\', '__proto__');
    const aCall = fc.record({
      user: aUser,
      tags: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('u-1', 'x'), { maxKeys: 2 }),
      model: fc.constantFrom('gpt-5', 'gpt-5-mini'),
      costUsd: fc.option(
        fc.integer({ min: 0, max: 999 }).map((one) => one / 1_000),
        { nil: undefined },
      ),
    });
    const property = fc.asyncProperty(fc.array(aCall, { maxLength: 30 }), aUser, async (calls, user) => {
      fc.pre(user !== '_none');
      const directory = newDirectory();
      const store = fileAuditStore(directory);
      const { audit, tell, clock } = newAudit({ store, maxKeys: 12 });
      for (const { user: of, tags, model, costUsd } of calls)
        tell(
          { user: of, tags: { ...tags } },
          endedCall({ model, ...(costUsd !== undefined && { costUsd }) }),
        );
      await audit.flush();
      const by = ['model', 'operation'] as const;
      const sums = await readAudit(store, { by });
      const others = async () =>
        (await readAudit(store, { by: ['user'] })).rows.filter(
          (row) => ![user, '_none'].includes(row.user ?? ''),
        );
      const before = await others();
      await eraseFromAudit(store, { user, keepTags: ['a'], stopped: true, clock });
      expect(await readAudit(store, { by })).toEqual(sums);
      expect(await others()).toEqual(before);
      expect(textOf(directory)).not.toContain(JSON.stringify(user));
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
