import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { ownHolder } from '../../../src/file-holder.ts';
import { fileRecords } from '../../../src/patterns/index.ts';
import { nameOf, readName } from '../../../src/patterns/store/file/file-name.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'telltale-files-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const fileOf = (id: string): string => path.join(directory, `${nameOf(id)}.json`);
const bytesIn = (file: string): string => readFileSync(file).toString('latin1');
const longId = 'é'.repeat(200);

describe('a name', () => {
  const id = fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }).filter((text) => text.length <= 256);

  test('is one that every file system takes, and tells the id again', () => {
    fc.assert(
      fc.property(id, (text) => {
        const name = nameOf(text);
        expect(name).toMatch(/^(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9_%~-]{1,120}$/);
        const read = readName(name);
        expect([text, undefined]).toContain(read?.id);
        expect(text.startsWith(read?.start ?? '?')).toBe(true);
        if (read?.id === undefined) expect(text.length).toBeGreaterThan(12);
      }),
      { numRuns: 500 },
    );
  });

  test('is of one id only', () => {
    const alike = fc.string({
      minLength: 1,
      maxLength: 6,
      unit: fc.constantFrom('a', 'A', '%', '4', '1', '~', 'é', '.'),
    });
    fc.assert(
      fc.property(alike, alike, (one, other) => {
        expect(nameOf(one) === nameOf(other)).toBe(one === other);
      }),
      { numRuns: 500 },
    );
    const names = ['a', 'b', 'A'].map((end) => nameOf(`${longId}${end}`));
    expect(new Set(names).size).toBe(3);
  });

  test('is read only where it is the one that would be given', () => {
    const digest = nameOf(longId).split('~')[1] ?? '';
    for (const name of [
      '',
      'A',
      'con',
      '%61',
      '%',
      '%zz',
      '%C3',
      'a.b',
      'a~b',
      `A~${digest}`,
      `a~${digest}~`,
    ])
      expect(readName(name), name).toBeUndefined();
  });
});

describe('a damaged file', () => {
  const damages: readonly (readonly [string, (whole: Buffer) => Uint8Array | string])[] = [
    ['is empty', () => ''],
    ['holds no JSON, or only part of it', (whole) => whole.subarray(0, whole.length / 2)],
    ['holds no JSON, or only part of it', () => Uint8Array.from({ length: 5_000 }, (_, at) => at % 256)],
    ['holds no JSON, or only part of it', (whole) => Buffer.concat([whole, whole])],
    [
      'holds no JSON, or only part of it',
      (whole) => Buffer.from(whole.toString().replace('kept', 'k\xffpt'), 'latin1'),
    ],
    ['holds no record', () => 'null'],
    ['holds no record', () => '[]'],
    ['holds no record', () => '{"format":0,"id":"a","revision":"1","value":1}'],
    ['holds no record', () => '{"format":1,"id":"a","revision":"","value":1}'],
    ['holds no record', () => '{"format":1,"id":"a","revision":"1"}'],
    ['holds another record', () => readFileSync(fileOf('other'))],
  ];

  test('is named, left as it is, and keeps nobody from the others', async () => {
    const store = fileRecords(directory);
    await store.write('other', 'kept');
    for (const [why, damage] of damages) {
      await store.write('a', 'kept');
      writeFileSync(fileOf('a'), damage(readFileSync(fileOf('a'))));
      const damaged = bytesIn(fileOf('a'));
      const told = { code: 'record_damaged', message: expect.stringContaining(`\`${fileOf('a')}\` ${why}.`) };
      await expect(store.read('a')).rejects.toMatchObject(told);
      for (const revision of [null, 'some'])
        await expect(store.write('a', 1, revision)).rejects.toMatchObject(told);
      expect(bytesIn(fileOf('a'))).toBe(damaged);
      expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(['a', 'other']);
      expect((await store.read('other'))?.value).toBe('kept');
    }
    expect(await store.delete('a')).toBe(true);
    expect(await store.read('a')).toBeUndefined();
  });

  test('of a long id is listed while its beginning is whole', async () => {
    const store = fileRecords(directory);
    await store.write(longId, 'kept');
    await store.write('other', 1);
    writeFileSync(fileOf(longId), readFileSync(fileOf(longId)).subarray(0, -5));
    expect((await store.list('éé')).map(({ id }) => id)).toEqual([longId]);
    await expect(store.read(longId)).rejects.toMatchObject({ code: 'record_damaged' });
    writeFileSync(fileOf(longId), '\0');
    expect((await store.list()).map(({ id }) => id)).toEqual(['other']);
  });

  test('of a newer version is left as it is, whoever writes', async () => {
    const store = fileRecords(directory);
    const newer = '{"format":2,"id":"a","revision":"1","value":1}';
    writeFileSync(fileOf('a'), newer);
    const told = {
      code: 'record_newer',
      message: expect.stringContaining('version 2, and this Telltale knows 1'),
    };
    await expect(store.read('a')).rejects.toMatchObject(told);
    for (const revision of [undefined, null, '1'])
      await expect(store.write('a', 2, revision)).rejects.toMatchObject(told);
    expect(bytesIn(fileOf('a'))).toBe(newer);
  });
});

test('files are for their owner alone, and what is none of ours is left alone', async () => {
  const place = path.join(directory, 'new');
  const store = fileRecords(place);
  await store.write('a', 1);
  expect(statSync(place).mode & 0o777).toBe(0o700);
  expect(statSync(path.join(place, 'a.json')).mode & 0o777).toBe(0o600);
  for (const name of ['README.json', 'b.txt', '.hidden', 'b.json.bak'])
    writeFileSync(path.join(place, name), 'x');
  mkdirSync(path.join(place, `${nameOf(longId)}.json`));
  expect((await store.list()).map(({ id }) => id)).toEqual(['a']);
  expect(readdirSync(place)).toHaveLength(6);
});

test('a folder that is not there holds nothing, and is not made by looking', async () => {
  const place = path.join(directory, 'none');
  const store = fileRecords(place);
  expect(await store.read('a')).toBeUndefined();
  expect(await store.list()).toEqual([]);
  expect(existsSync(place)).toBe(false);
  expect(await store.delete('a')).toBe(false);
});

test('what a process that was killed had begun to write is removed after an hour', async () => {
  const old = Date.now() / 1_000 - 3_700;
  const token = (digit: string): string => digit.repeat(32);
  const others = ['.new-folder', `.new-${token('A')}`];
  const young = [`.new-${token('0')}`, `.new-${token('1')}`];
  const leave = (folder: string, file: string, changed = Date.now() / 1_000): void => {
    mkdirSync(path.join(directory, folder));
    writeFileSync(path.join(directory, folder, 'token'), '{}');
    writeFileSync(path.join(directory, file), '{"form');
    for (const name of [folder, file]) utimesSync(path.join(directory, name), changed, changed);
  };
  leave(others[0] ?? '', others[1] ?? '', old);
  leave(young[0] ?? '', young[1] ?? '');
  for (const look of ['list', 'write'] as const) {
    leave(`.new-${token('a')}`, `.new-${token('b')}`, old);
    const store = fileRecords(directory);
    await (look === 'list' ? store.list() : store.write('a', 1));
    expect(readdirSync(directory).toSorted()).toEqual([
      ...young,
      ...others.toSorted(),
      ...(look === 'write' ? ['a.json'] : []),
    ]);
  }
});

test('a revision does not come again after a restart, nor for a copy that was put back', async () => {
  const first = await fileRecords(directory).write('a', 1);
  copyFileSync(fileOf('a'), path.join(directory, 'backup'));
  await fileRecords(directory).delete('a');
  const second = await fileRecords(directory).write('a', 1);
  expect(second).not.toBe(first);
  copyFileSync(path.join(directory, 'backup'), fileOf('a'));
  await expect(fileRecords(directory).write('a', 2, second)).rejects.toMatchObject({
    code: 'record_conflict',
  });
  await fileRecords(directory).write('a', 2, first);
});

describe('where the disk refuses', () => {
  const child = `
    import { fileRecords } from ${JSON.stringify(path.resolve('src/patterns/store/file/file-records.ts'))};
    const store = fileRecords(process.argv[1]);
    const codeOf = (work) => work.then(() => 'done', (error) => error.code);
    console.log(JSON.stringify({
      written: await codeOf(store.write('a', 'x'.repeat(1_000_000))),
      made: await codeOf(store.write('b', 'x'.repeat(1_000_000), null)),
      value: (await store.read('a'))?.value,
      listed: (await store.list()).map(({ id }) => id),
      small: await codeOf(store.write('a', 'new')),
    }));`;
  test('a file that cannot be written to its end leaves the old one', async () => {
    await fileRecords(directory).write('a', 'old');
    const script = `trap '' XFSZ && ulimit -f 100 && exec "$0" --input-type=module -e "$1" -- "$2"`;
    const run = spawnSync('sh', ['-c', script, process.execPath, child, directory]);
    expect(run.stderr.toString()).toBe('');
    expect(JSON.parse(run.stdout.toString())).toEqual({
      written: 'EFBIG',
      made: 'EFBIG',
      value: 'old',
      listed: ['a'],
      small: 'done',
    });
    expect(readdirSync(directory)).toEqual(['a.json']);
  });

  test('a process that may open no more files is told so, and gets no list of some records', async () => {
    const store = fileRecords(directory);
    for (let each = 0; each < 40; each++) await store.write(`${longId}${each}`, each);
    const module = new URL('../../../src/patterns/store/file/file-records.ts', import.meta.url).href;
    const crowded = `
      import { closeSync, openSync } from 'node:fs';
      import { fileRecords } from '${module}';
      const store = fileRecords(process.argv[1]);
      const before = (await store.list()).length;
      const open = [];
      try { for (;;) open.push(openSync('/dev/null', 'r')); } catch {}
      for (const file of open.slice(-3)) closeSync(file);
      const after = await store.list().catch(({ code }) => code);
      console.log(JSON.stringify({ before, after }));`;
    const script = 'ulimit -n 80 && exec "$0" --input-type=module -e "$1" -- "$2"';
    const run = spawnSync('sh', ['-c', script, process.execPath, crowded, directory]);
    expect(run.stderr.toString()).toBe('');
    expect(JSON.parse(run.stdout.toString())).toEqual({ before: 40, after: 'EMFILE' });
  });

  const mounts = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  test.skipIf(!mounts).each([
    ['a full disk', 'size=64k', ':', 'ENOSPC', 'done'],
    ['a read-only disk', 'size=64k', 'mount -o remount,ro "$2"', 'EROFS', 'EROFS'],
  ])('%s leaves the old one, where this user may mount one', (_, options, then, code, small) => {
    const old = '{"format":1,"id":"a","revision":"1","value":"old"}';
    const script = [
      `mount -t tmpfs -o ${options} tmpfs "$2"`,
      `printf '%s' '${old}' > "$2/a.json"`,
      then,
      `exec "$0" --input-type=module -e "$1" -- "$2"`,
    ].join(' && ');
    const run = spawnSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, child, directory]);
    expect(run.stderr.toString()).toBe('');
    expect(JSON.parse(run.stdout.toString())).toEqual({
      written: code,
      made: code,
      value: 'old',
      listed: ['a'],
      small,
    });
  });

  test.skipIf(process.getuid?.() === 0)('a folder that is read-only is read, unless for root', async () => {
    await fileRecords(directory).write('a', 'old');
    chmodSync(directory, 0o500);
    const store = fileRecords(directory);
    await expect(store.write('a', 'new')).rejects.toMatchObject({ code: 'EACCES' });
    await expect(store.hold('a')).rejects.toMatchObject({ code: 'EACCES' });
    expect((await store.read('a'))?.value).toBe('old');
    expect(await store.list()).toHaveLength(1);
    chmodSync(directory, 0o700);
    await store.write('a', 'new');
  });

  test('a path that is a file stays one, and each says so', async () => {
    const file = path.join(directory, 'file');
    writeFileSync(file, 'mine');
    const store = fileRecords(file);
    await expect(store.write('a', 1)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(store.hold('a')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(store.read('a')).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(store.list()).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(bytesIn(file)).toBe('mine');
    // What failed holds nothing.
    rmSync(file);
    await (await store.hold('a', { waitMs: 0 })).release();
  });
});

describe('a hold', () => {
  const dead = { pid: Number(execFileSync('sh', ['-c', 'echo $$'])), host: hostname(), born: '' };
  const lock = (): string => path.join(directory, 'a.hold');
  const leave = (holder: unknown, silentMs = 0, nowMs = Date.now()): void => {
    rmSync(lock(), { recursive: true, force: true });
    mkdirSync(lock());
    writeFileSync(path.join(lock(), 'token'), typeof holder === 'string' ? holder : JSON.stringify(holder));
    utimesSync(path.join(lock(), 'token'), (nowMs - silentMs) / 1_000, (nowMs - silentMs) / 1_000);
  };

  test('that a killed process left is taken over by one, however many find it at once', async () => {
    const stores = Array.from({ length: 8 }, () => fileRecords(directory));
    for (let round = 0; round < 30; round++) {
      leave(dead);
      const told = await Promise.allSettled(stores.map((store) => store.hold('a', { waitMs: 0 })));
      const holds = told.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      expect(holds).toHaveLength(1);
      await holds[0]?.release();
      expect(existsSync(lock())).toBe(false);
    }
  });

  test('that somebody was quicker to take over is theirs', async () => {
    leave(dead);
    let asked = 0;
    const clock = {
      ...systemClock,
      epochMs: () => {
        // It has been read by now, and is about to be removed.
        asked += 1;
        if (asked === 2) {
          rmSync(lock(), { recursive: true });
          mkdirSync(lock());
          writeFileSync(path.join(lock(), 'quicker'), JSON.stringify(ownHolder()));
        }
        return systemClock.epochMs();
      },
    };
    const late = fileRecords(directory, { clock });
    await expect(late.hold('a', { waitMs: 0 })).rejects.toMatchObject({ code: 'record_locked' });
    expect(asked).toBeGreaterThan(2);
    expect(readdirSync(directory)).toEqual(['a.hold']);
    expect(readdirSync(lock())).toEqual(['quicker']);
  });

  test('of another process with the same number, of no process, or of none that can be told, is free', async () => {
    const store = fileRecords(directory);
    for (const gone of [dead, { ...ownHolder(), born: 'another time' }]) {
      leave(gone);
      await (await store.hold('a', { waitMs: 0 })).release();
    }
    leave('{"pid":');
    await expect(store.hold('a', { waitMs: 0 })).rejects.toMatchObject({ code: 'record_locked' });
    leave('{"pid":', 61_000);
    await (await store.hold('a', { waitMs: 0 })).release();
    leave(ownHolder());
    await expect(store.hold('a', { waitMs: 0 })).rejects.toMatchObject({
      code: 'record_locked',
      message: expect.stringContaining(`held by process ${process.pid} on ${hostname()}`),
    });
  });

  test('of another machine is free a minute after its last sign of life', async () => {
    const store = fileRecords(directory);
    leave({ pid: 1, host: 'elsewhere', born: '' }, 55_000);
    await expect(store.hold('a', { waitMs: 0 })).rejects.toThrow('held by process 1 on elsewhere');
    leave({ pid: 1, host: 'elsewhere', born: '' }, 61_000);
    await (await store.hold('a', { waitMs: 0 })).release();
  });

  test('whose sign of life is from a time to come, by a clock that was wrong, is free too', async () => {
    const store = fileRecords(directory);
    for (const holder of [{ pid: 1, host: 'elsewhere', born: '' }, '']) {
      leave(holder, -55_000);
      await expect(store.hold('a', { waitMs: 0 })).rejects.toMatchObject({ code: 'record_locked' });
      leave(holder, -61_000);
      await (await store.hold('a', { waitMs: 0 })).release();
    }
  });

  test('is renewed while it is held, and no longer', async () => {
    const fake = createFakeClock();
    const clock = { ...fake, random: () => 0.5 };
    const hold = await fileRecords(directory, { clock }).hold('a');
    const [token = ''] = readdirSync(lock());
    const file = path.join(lock(), token);
    const renewedAt = (): number => statSync(file).mtimeMs - fake.epochMs();
    expect(renewedAt()).toBe(0);
    for (let renewal = 0; renewal < 3; renewal++) {
      fake.advance(10_000);
      await expect.poll(renewedAt).toBe(0);
    }
    await hold.release();
    expect(fake.waiting()).toBe(0);
  });

  test('that was taken over is not released by who lost it', async () => {
    const lost = await fileRecords(directory).hold('a');
    leave(ownHolder());
    await lost.release();
    expect(readdirSync(lock())).toEqual(['token']);
  });
});

test('a write whose lock was taken over meanwhile is a conflict, and leaves what is there', async () => {
  await fileRecords(directory).write('a', 'old');
  const lock = path.join(directory, 'a.change');
  // The time is asked for last before the file is written, which is when the lock is gone.
  const clock = {
    ...systemClock,
    epochMs: () => {
      if (existsSync(lock)) rmSync(lock, { recursive: true });
      return systemClock.epochMs();
    },
  };
  await expect(fileRecords(directory, { clock }).write('a', 'new')).rejects.toMatchObject({
    code: 'record_conflict',
  });
  expect((await fileRecords(directory).read('a'))?.value).toBe('old');
  expect(readdirSync(directory)).toEqual(['a.json']);
});

test('refuses what is no folder and no option', () => {
  expect(() => fileRecords('')).toThrow('Expected `directory` to be a non-empty string');
  expect(() => fileRecords('x', { clok: 1 } as never)).toThrow('Did you mean `clock`?');
  expect(() => fileRecords('x', { clock: {} as never })).toThrow('options.clock.nowMs');
});
