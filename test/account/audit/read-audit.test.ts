import { appendFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../src/account/audit/audit-export.ts';
import { fileAuditStore, readAudit } from '../../../src/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';
import { dayMs, newAudit, newDirectory } from './support.ts';

/** As a version wrote it that did not count why money was wasted. */
function oldLine(user: string, calls: number): string {
  const text = JSON.stringify({
    v: 1,
    k: [user, 'chat', 'gpt-5', {}, 'gpt-5', 'chat'],
    n: [calls, 0, 100, 50, 10, 5, 0, 0, 0, 0],
    c: '2000000000',
    w: '1000000000',
  });
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}

describe('readAudit', () => {
  it('says what the client says, of every day that is there, and removes none', async () => {
    const directory = newDirectory();
    const store = fileAuditStore(directory);
    const clock = createFakeClock();
    const { audit, tell } = newAudit({ store, retentionDays: 3_660 }, clock);
    tell({ user: 'u-1' }, endedCall({ costUsd: 0.5, cacheSavedUsd: -0.25, outcome: 'empty' }));
    clock.advance(300 * dayMs);
    tell({ user: 'u-2' }, endedCall({ costUsd: 0.25 }));
    const rows = await audit.query({ by: ['day', 'user'] });
    const files = readdirSync(directory);
    expect(files).toHaveLength(2);
    expect(await readAudit(store, { by: ['day', 'user'] })).toEqual({ rows, corrupt: [] });
    expect(rows[0]).toMatchObject({
      cacheSavedUsd: -0.25,
      wastedUsdByOutcome: { error: 0, cancelled: 0, truncated: 0, empty: 0.5 },
      undetailedCalls: 0,
    });
    expect(toCsv(rows)).toContain(',-0.25,0,0,0,0.5\r\n');
    expect(readdirSync(directory)).toEqual(files);
  });

  it('finds a user by the name that the application has for them', async () => {
    const store = fileAuditStore(newDirectory());
    const hashUsersWith = 'a key of sixteen characters';
    const { audit, tell } = newAudit({ store, hashUsersWith });
    tell({ user: 'ada' }, endedCall());
    await audit.flush();
    const query = { by: [], where: { user: 'ada' } };
    expect((await readAudit(store, query)).rows).toEqual([]);
    expect((await readAudit(store, query, { hashUsersWith })).rows).toMatchObject([{ calls: 1 }]);
  });

  it('does not know of calls that an older version counted what it did not keep', async () => {
    const directory = newDirectory();
    const store = fileAuditStore(directory);
    writeFileSync(path.join(directory, '2026-01-01.1.jsonl'), oldLine('u-1', 3) + oldLine('u-2', 2));
    const { rows } = await readAudit(store, { by: [] });
    expect(rows).toMatchObject([{ calls: 5, undetailedCalls: 5, costUsd: 0.004, wastedUsd: 0.002 }]);
    expect(rows[0]).not.toHaveProperty('cacheSavedUsd');
    expect(rows[0]).not.toHaveProperty('wastedUsdByOutcome');
    expect(toCsv(rows)).toMatch(/,5,,,,,,\r\n$/);

    const { audit, tell } = newAudit({ store });
    tell({ user: 'u-1' }, endedCall({ costUsd: 0.5, cacheSavedUsd: 0.25 }));
    await audit.flush();
    expect((await readAudit(store, { by: [] })).rows).toMatchObject([
      { calls: 6, undetailedCalls: 5, cacheSavedUsd: 0.25 },
    ]);
  });

  it('is read by an older version, which looks at the same fields of a line', async () => {
    const directory = newDirectory();
    const { audit, tell } = newAudit({ store: fileAuditStore(directory) });
    tell({}, endedCall({ costUsd: 0.5 }));
    await audit.flush();
    const [line = ''] = readFileSync(path.join(directory, '2026-01-01.1.jsonl'), 'utf8').split('\n');
    expect(JSON.parse(line.slice(9))).toMatchObject({ v: 1, c: '500000000000', w: '0' });
    expect(JSON.parse(line.slice(9)).n).toHaveLength(10);
  });

  it('names lines that it cannot read, and has the rest', async () => {
    const directory = newDirectory();
    const file = path.join(directory, '2026-01-01.1.jsonl');
    writeFileSync(file, oldLine('u-1', 3) + oldLine('u-2', 2));
    truncateSync(file, oldLine('u-1', 3).length + 40);
    const binary = path.join(directory, '2026-01-02.1.jsonl');
    writeFileSync(binary, Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256)));
    writeFileSync(path.join(directory, 'notes.txt'), 'of somebody else');
    const { rows, corrupt } = await readAudit(fileAuditStore(directory), { by: [] });
    expect(rows).toMatchObject([{ calls: 3 }]);
    expect(corrupt).toEqual([
      { file, lines: [2] },
      { file: binary, lines: [1, 2, 3] },
    ]);
  });

  it('goes on while others write', async () => {
    const directory = newDirectory();
    const store = fileAuditStore(directory);
    const file = path.join(directory, '2026-01-01.1.jsonl');
    for (let calls = 1; calls <= 20; calls++) {
      appendFileSync(file, oldLine('u-1', calls));
      expect((await readAudit(store, { by: [] })).rows).toMatchObject([{ calls }]);
    }
  });

  it('has nothing of a directory that is not there, and says of one that is a file that it is', async () => {
    const directory = newDirectory();
    expect(await readAudit(fileAuditStore(path.join(directory, 'not')))).toEqual({ rows: [], corrupt: [] });
    writeFileSync(path.join(directory, 'file'), '');
    await expect(readAudit(fileAuditStore(path.join(directory, 'file')))).rejects.toThrow('ENOTDIR');
    mkdirSync(path.join(directory, '2026-01-01.1.jsonl'));
    await expect(readAudit(fileAuditStore(directory))).rejects.toThrow('EISDIR');
  });

  it.each([
    [['./audit', {}], '`store` to be a store of `fileAuditStore`'],
    [[{ directory: 'a' }, { from: '2026-02-30' }], '`query.from` to be a UTC day'],
    [
      [{ directory: 'a' }, {}, { hashUsersWith: 'short' }],
      '`options.hashUsersWith` to be a text of at least 16',
    ],
    [
      [{ directory: 'a' }, {}, { hashUsersWith: undefined }],
      '`options.hashUsersWith` to be a text of at least 16 characters, got `undefined`',
    ],
    [[{ directory: 'a' }, {}, { key: 'short' }], 'Unknown option `options.key`'],
  ])('turns down %j', async (given, message) => {
    await expect(Reflect.apply(readAudit, undefined, given)).rejects.toThrow(message);
  });
});
