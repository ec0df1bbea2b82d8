import { createHmac } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { noCounts } from '../../../src/account/audit/audit-counts.ts';
import { lineOf, readLine } from '../../../src/account/audit/audit-line.ts';
import { checkAuditOptions, fileAuditStore } from '../../../src/account/audit/audit-options.ts';
import { checkQuery } from '../../../src/account/audit/audit-query.ts';
import { endedCall } from '../calls.ts';
import { dayMs, newAudit, newDirectory } from './support.ts';

const textOf = (directory: string) =>
  readdirSync(directory)
    .map((name) => readFileSync(path.join(directory, name), 'utf8'))
    .join('');

describe('the audit', () => {
  it('counts a call for whoever made it, on the day on which it ends', async () => {
    const { audit, clock, tell } = newAudit();
    tell({ user: 'u-1', tags: { feature: 'search' } }, endedCall({ costUsd: 0.25 }));
    clock.advance(dayMs);
    tell({ user: 'u-1' }, endedCall({ costUsd: 0.5, outcome: 'empty' }));
    tell({}, endedCall({ model: undefined }));
    expect(await audit.query({ by: ['day', 'user', 'model', 'tag:feature'] })).toMatchObject([
      { day: '2026-01-01', user: 'u-1', model: 'gpt-5-mini', tags: { feature: 'search' }, costUsd: 0.25 },
      {
        day: '2026-01-02',
        user: '_none',
        model: '_none',
        tags: { feature: '_none' },
        unknownCostCalls: 1,
        costUsd: 0,
      },
      { day: '2026-01-02', user: 'u-1', failed: 1, wastedUsd: 0.5 },
    ]);
    expect(await audit.query({})).toMatchObject([
      { day: '2026-01-01', calls: 1 },
      { day: '2026-01-02', calls: 2 },
    ]);
    expect(await audit.query({ by: [], from: '2026-01-02', where: { user: 'u-1' } })).toMatchObject([
      { calls: 1 },
    ]);
    expect(await audit.query({ by: [], where: { tags: { feature: 'search' } } })).toMatchObject([
      { calls: 1 },
    ]);
    expect(await audit.query({ by: [], where: { model: 'gpt-4' } })).toEqual([]);
  });

  it('knows users by their HMAC alone where that is asked for, and still finds them by their id', async () => {
    const directory = newDirectory();
    const hashUsersWith = 'a key of sixteen characters';
    const options = { store: fileAuditStore(directory), hashUsersWith };
    const { audit, tell } = newAudit(options);
    tell({ user: 'ada@example.com' }, endedCall());
    const user = createHmac('sha256', hashUsersWith).update('ada@example.com').digest('hex');
    expect(await audit.query({ by: ['user'] })).toMatchObject([{ user, calls: 1 }]);
    expect(await audit.query({ by: [], where: { user: 'ada@example.com' } })).toMatchObject([{ calls: 1 }]);
    expect(textOf(directory)).toContain(user);
    expect(textOf(directory)).not.toContain('ada');
    expect(JSON.stringify(audit)).not.toContain('ada');
  });

  it('counts what is too much to keep apart as one, and says so once', async () => {
    const { audit, tell, warnings } = newAudit({ maxKeys: 2 });
    for (let at = 0; at < 100; at++) tell({ user: `u-${at % 50}`, tags: { a: 'b' } }, endedCall());
    const others = { user: '_other', operation: '_other', model: '_other', tags: { a: '_other' } };
    expect(await audit.query({ by: ['user', 'operation', 'model', 'tag:a'] })).toMatchObject([
      { ...others, calls: 96 },
      { user: 'u-0', calls: 2 },
      { user: 'u-1', calls: 2 },
    ]);
    expect(await audit.query({ by: ['day'] })).toMatchObject([{ calls: 100 }]);
    expect(warnings).toEqual([
      expect.stringContaining('counts some calls together as `_other`: it keeps 2 combinations'),
    ]);
    expect(audit.figures().hasOthers).toBe(true);
  });

  it('counts a call that did not stream as a long one by what the asking took, not by its waits', async () => {
    const { audit, tell } = newAudit();
    tell({}, endedCall({ durationMs: 10_001 }));
    tell({}, endedCall({ durationMs: 10_001, streamed: true }));
    tell({}, endedCall({ durationMs: 60_000, backoffMs: 20_000, throttleMs: 30_000 }));
    tell({}, endedCall({ durationMs: 60_001, backoffMs: 20_000, throttleMs: 30_000 }));
    expect(await audit.query({ by: [] })).toMatchObject([{ calls: 4, longUnstreamed: 2 }]);
  });

  it('tells endpoints apart that have one operation', async () => {
    const { audit, tell } = newAudit();
    tell({}, endedCall({ costUsd: 1 }));
    tell({}, endedCall({ endpoint: 'responses', costUsd: 2 }));
    expect(await audit.query({ by: ['operation', 'endpoint'] })).toMatchObject([
      { operation: 'chat', endpoint: 'chat', costUsd: 1 },
      { operation: 'chat', endpoint: 'responses', costUsd: 2 },
    ]);
    expect(await audit.query({ by: [], where: { endpoint: 'responses' } })).toMatchObject([{ costUsd: 2 }]);
  });

  it('keeps apart what was asked for and what the call went to, by which the money is', async () => {
    const { audit, tell } = newAudit();
    tell({}, endedCall({ model: 'gpt-5', costUsd: 1 }));
    tell({}, endedCall({ model: 'gpt-5', sentModel: 'gpt-5-mini', costUsd: 0.25 }));
    tell({}, endedCall({ model: 'gpt-5', fallbackModel: 'o3', sentModel: 'gpt-5-mini', costUsd: 0.25 }));
    tell({}, endedCall({ model: 'gpt-5-mini', fallbackModel: 'gpt-5', costUsd: 2 }));
    expect(await audit.query({ by: ['sentModel', 'model'] })).toMatchObject([
      { sentModel: 'gpt-5', model: 'gpt-5', calls: 1, costUsd: 1 },
      { sentModel: 'gpt-5', model: 'gpt-5-mini', calls: 1, costUsd: 2 },
      { sentModel: 'gpt-5-mini', model: 'gpt-5', calls: 2, costUsd: 0.5 },
    ]);
    expect(await audit.query({ by: [], where: { sentModel: 'gpt-5' } })).toMatchObject([{ costUsd: 3 }]);
    expect(await audit.query({ by: [], where: { model: 'gpt-5' } })).toMatchObject([{ costUsd: 1.5 }]);
  });

  it('counts users and models whose names are very long with the others', async () => {
    const { audit, tell } = newAudit();
    tell({ user: 'u'.repeat(257) }, endedCall());
    tell({ user: 'u'.repeat(256) }, endedCall());
    tell({}, endedCall({ model: 'm'.repeat(1_000_000) }));
    tell({}, endedCall({ sentModel: 'm'.repeat(1_000_000) }));
    expect(await audit.query({ by: ['user'] })).toMatchObject([
      { user: '_other', calls: 3 },
      { user: 'u'.repeat(256), calls: 1 },
    ]);
  });

  it.each(['memory', 'files'])('forgets days that are not kept any more, in %s', async (where) => {
    const directory = newDirectory();
    writeFileSync(path.join(directory, 'notes.txt'), 'mine');
    const options = { retentionDays: 2, ...(where === 'files' && { store: { directory } }) };
    const { audit, clock, tell } = newAudit(options);
    for (let day = 0; day < 5; day++) {
      tell({}, endedCall());
      clock.advance(dayMs);
      await audit.flush();
    }
    tell({}, endedCall());
    expect(await audit.query({ by: ['day'] })).toMatchObject([{ day: '2026-01-05' }, { day: '2026-01-06' }]);
    if (where === 'files')
      expect(readdirSync(directory)).toEqual(['2026-01-05.1.jsonl', '2026-01-06.1.jsonl', 'notes.txt']);
  });

  it('keeps its files from other users', async () => {
    const directory = path.join(newDirectory(), 'deep', 'audit');
    const { audit, tell } = newAudit({ store: { directory } });
    tell({ user: 'u-1' }, endedCall());
    await audit.flush();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory))
      expect(statSync(path.join(directory, name)).mode & 0o777).toBe(0o600);
  });

  it('is written by itself, in time that holds off the end of the process', async () => {
    const directory = newDirectory();
    const { audit, clock, tell } = newAudit({ store: { directory } });
    tell({}, endedCall());
    expect(clock.waiting()).toBe(1);
    clock.advance(500);
    await audit.flush();
    expect(textOf(directory)).toContain('gpt-5-mini');
    expect(clock.waiting()).toBe(0);
  });

  it('counts several processes that share a directory together', async () => {
    const store = { directory: newDirectory() };
    const audits = [newAudit({ store }), newAudit({ store }), newAudit({ store })];
    for (const { tell } of audits)
      for (let at = 0; at < 3; at++) tell({ user: 'u-1' }, endedCall({ costUsd: 0.1 }));
    await Promise.all(audits.map(({ audit }) => audit.flush()));
    expect(readdirSync(store.directory)).toHaveLength(3);
    for (const { audit } of audits)
      expect(await audit.query({ by: [] })).toMatchObject([{ calls: 9, costUsd: 0.9 }]);
  });

  it('skips lines that are corrupt, counts them and names them, and reads no zero for them', async () => {
    const store = { directory: newDirectory() };
    const before = newAudit({ store });
    for (const user of ['u-1', 'u-2', 'u-3', 'u-4']) before.tell({ user }, endedCall({ costUsd: 1 }));
    await before.audit.flush();
    const file = path.join(store.directory, '2026-01-01.1.jsonl');
    const [first = '', second = '', third = '', fourth = ''] = readFileSync(file, 'utf8').split('\n');
    // A digit that changed, a line that broke off, and one of somebody else's.
    writeFileSync(
      file,
      [first, second.replace('1000000000000', '9000000000000'), third.slice(0, 40), 'hello', fourth].join(
        '\n',
      ),
    );
    const { audit, warnings } = newAudit({ store });
    expect((await audit.query({ by: ['user'] })).map(({ user, costUsd }) => [user, costUsd])).toEqual([
      ['u-1', 1],
      ['u-4', 1],
    ]);
    await audit.query({});
    expect(warnings).toEqual([
      `Of the audit, line 2, 3, 4 of ${file} cannot be read and is skipped: what it counted is missing.`,
    ]);
    expect(audit.figures().corruptLines).toBe(3);
  });

  it('goes on in a file of its own behind one that a crash left torn', async () => {
    const store = { directory: newDirectory() };
    const before = newAudit({ store });
    before.tell({ user: 'u-1' }, endedCall());
    await before.audit.flush();
    appendFileSync(path.join(store.directory, '2026-01-01.1.jsonl'), 'ab12cd34 {"v":1,"k":["u-');
    const { audit, tell } = newAudit({ store });
    tell({ user: 'u-2' }, endedCall());
    expect(await audit.query({ by: ['user'] })).toMatchObject([{ user: 'u-1' }, { user: 'u-2' }]);
    expect(audit.figures().corruptLines).toBe(1);
  });

  it('asks for the directory where it was made, wherever the process goes then', () => {
    expect(fileAuditStore('audit')).toEqual({ directory: path.resolve('audit') });
  });

  it('keeps what cannot be written, says so once, and writes it later, once', async () => {
    const directory = path.join(newDirectory(), 'audit');
    writeFileSync(directory, 'a file where the directory should be');
    const { audit, clock, tell, warnings } = newAudit({ store: { directory } });
    tell({ user: 'u-1' }, endedCall());
    await audit.flush();
    await audit.flush();
    expect(audit.figures().failedWrites).toBe(2);
    expect(warnings).toEqual([
      expect.stringContaining('could not be removed: ENOTDIR at '),
      expect.stringMatching(
        /^The audit could not be written, is kept in memory and will be tried again: E\w+ at /,
      ),
    ]);
    rmSync(directory);
    tell({ user: 'u-1' }, endedCall());
    clock.advance(5_000);
    await audit.flush();
    expect(audit.figures().failedWrites).toBe(0);
    expect(await newAudit({ store: { directory } }).audit.query({ by: [] })).toMatchObject([{ calls: 2 }]);
  });

  it('writes all of the day again when its file, or the whole directory, was removed meanwhile', async () => {
    const directory = path.join(newDirectory(), 'audit');
    const { audit, tell, warnings } = newAudit({ store: { directory } });
    const fromFiles = () => newAudit({ store: { directory } }).audit.query({ by: [] });
    tell({ user: 'a' }, endedCall());
    await audit.flush();
    rmSync(path.join(directory, readdirSync(directory)[0] ?? ''));
    tell({ user: 'b' }, endedCall());
    await audit.flush();
    expect(await fromFiles()).toMatchObject([{ calls: 2 }]);
    rmSync(directory, { recursive: true });
    tell({ user: 'c' }, endedCall());
    await audit.flush();
    expect(await fromFiles()).toMatchObject([{ calls: 3 }]);
    expect(await audit.query({ by: [] })).toMatchObject([{ calls: 3 }]);
    expect({ warnings, ...audit.figures() }).toMatchObject({ warnings: [], failedWrites: 0 });
  });

  it('begins a line of its own behind a write that broke off', async () => {
    const store = { directory: newDirectory() };
    const { audit, clock, tell } = newAudit({ store });
    tell({ user: 'u-1' }, endedCall());
    await audit.flush();
    const file = path.join(store.directory, '2026-01-01.1.jsonl');
    const before = readFileSync(file, 'utf8');
    rmSync(file);
    mkdirSync(file);
    tell({ user: 'u-2' }, endedCall());
    await audit.flush();
    expect(audit.figures().failedWrites).toBe(1);
    rmdirSync(file);
    writeFileSync(file, `${before}ab12cd34 {"v":1,"k":["u-`);
    clock.advance(5_000);
    await audit.flush();
    const { audit: after } = newAudit({ store });
    expect(await after.query({ by: ['user'] })).toMatchObject([
      { user: 'u-1', calls: 1 },
      { user: 'u-2', calls: 1 },
    ]);
    expect(after.figures().corruptLines).toBe(1);
  });

  it('writes a file anew before it grows without end', async () => {
    const store = { directory: newDirectory() };
    const { audit, tell } = newAudit({ store });
    for (let at = 0; at < 1_500; at++) {
      tell({ user: `u-${at % 2}` }, endedCall({ costUsd: 0.01 }));
      await audit.flush();
    }
    mkdirSync(path.join(store.directory, 'folder'));
    writeFileSync(path.join(store.directory, '2026-01-01.9.jsonl.new'), 'left behind');
    expect(ownFile(store.directory).split('\n').length).toBeLessThan(1_100);
    expect(await audit.query({ by: [] })).toMatchObject([{ calls: 1_500, costUsd: 15 }]);
    const { audit: after, warnings } = newAudit({ store });
    expect(await after.query({ by: [] })).toMatchObject([{ calls: 1_500, costUsd: 15 }]);
    expect(warnings).toEqual([]);
  });

  it('adds money up exactly, however much it is', async () => {
    const { audit, tell } = newAudit();
    for (let at = 0; at < 100; at++) tell({}, endedCall({ costUsd: 1_999.5 }));
    tell({}, endedCall({ costUsd: 0.000_001 }));
    expect((await audit.query({}))[0]?.costUsd).toBe(199_950.000_001);
  });
});

function ownFile(directory: string): string {
  return readFileSync(path.join(directory, '2026-01-01.1.jsonl'), 'utf8');
}

describe('a line', () => {
  const key = {
    user: 'u',
    operation: 'chat',
    endpoint: 'responses',
    model: 'm',
    sentModel: 'other',
    tags: { a: 'b' },
  };
  const counts = { ...noCounts(), calls: 3, costPicoUsd: 12n };
  const line = lineOf({ key, counts }).trimEnd();

  it('is read as it was written', () => {
    expect(readLine(line)).toEqual({ key, counts });
  });

  it('of before a call’s endpoint and where it went were kept apart is read as of one that stayed', () => {
    const text = line.slice(9).replace(',"other","responses"]', ']');
    const old = `${crc32(text).toString(16).padStart(8, '0')} ${text}`;
    expect(readLine(old)).toEqual({ key: { ...key, sentModel: 'm', endpoint: '_none' }, counts });
  });

  it('with any other character in any place is none', () => {
    for (let at = 0; at < line.length; at++)
      expect(readLine(`${line.slice(0, at)}~${line.slice(at + 1)}`)).toBeUndefined();
    for (let at = 0; at < line.length; at++) expect(readLine(line.slice(0, at))).toBeUndefined();
  });
});

describe('options of the audit', () => {
  it.each([
    [{ retentionDays: 0 }, '`audit.retentionDays` to be an integer from 1 to 3660, got `0`'],
    [{ maxKeys: 1.5 }, '`audit.maxKeys`'],
    [
      { hashUsersWith: 'short secret' },
      /`audit\.hashUsersWith` to be a text of at least 16 characters, got `"string"`/,
    ],
    // As of a variable that is not set: users would be kept as they are.
    [
      { hashUsersWith: undefined },
      /^Expected `audit\.hashUsersWith` to be a text of at least 16 characters, got `undefined`/,
    ],
    [{ store: './audit' }, '`audit.store` to be a store of `fileAuditStore`'],
    [{ store: { directory: '' } }, '`audit.store.directory` to be a non-empty string'],
    [{ days: 3 }, 'Unknown option `audit.days`'],
  ])('%o are refused', (given, message) => {
    expect(() => checkAuditOptions('audit', given)).toThrow(message);
  });

  it.each([
    [{ from: '2026-02-31' }, '`query.from` to be a UTC day such as 2026-11-28'],
    [{ to: 'yesterday' }, '`query.to` to be a UTC day'],
    [{ from: '2026-01-02', to: '2026-01-01' }, '`query.from` to be a day no later than `query.to`'],
    [{ by: 'user' }, '`query.by` to be an array'],
    [{ by: ['day', 'tag:'] }, '`query.by[1]`'],
    [{ where: { route: '/chat' } }, 'Unknown option `query.where.route`'],
    [{ where: { user: 7 } }, '`query.where.user`'],
    [{ where: { sentModel: 7 } }, '`query.where.sentModel`'],
    [{ where: { tags: { a: 7 } } }, '`query.where.tags.a`'],
  ])('a query %o is refused', (given, message) => {
    expect(() => checkQuery(given)).toThrow(message);
  });
});
