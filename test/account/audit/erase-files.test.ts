import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { noCounts } from '../../../src/account/audit/audit-counts.ts';
import { lineOf } from '../../../src/account/audit/audit-line.ts';
import { eraseFromAudit, fileAuditStore, readAudit } from '../../../src/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';
import { newAudit, newDirectory } from './support.ts';

/** An audit with one file, in which two users have as many entries each. */
async function oneFile(entries = 1) {
  const directory = newDirectory();
  const store = fileAuditStore(directory);
  const { audit, tell } = newAudit({ store, maxKeys: 100_000 }, createFakeClock());
  for (let at = 0; at < entries; at++)
    for (const user of ['u-42', 'u-7']) tell({ user, tags: { at: `${at}` } }, endedCall({ costUsd: 0.5 }));
  await audit.flush();
  const name = readdirSync(directory)[0] ?? '';
  return { directory, store, name, file: path.join(directory, name), tell, audit };
}

/** In a process of its own: begun by `bash` with something before, or by arguments of Node. */
function commandFor(directory: string, args: readonly string[] = []): string[] {
  // Not the entry, which would load all there is.
  const source = new URL('../../../src/account/audit/erase-from-audit.ts', import.meta.url);
  const program = `
import { eraseFromAudit } from ${JSON.stringify(source.href)};
const store = { directory: ${JSON.stringify(directory)} };
console.log('begins');
const { calls, code } = await eraseFromAudit(store, { user: 'u-42', stopped: true }).catch((error) => error);
console.log(calls ?? code);
`;
  return [process.execPath, ...args, '--input-type=module', '-e', program];
}

describe('files that somebody is erased from', () => {
  it('name them nowhere, not as the name of a tag either', async () => {
    const { store, file, tell, audit } = await oneFile();
    tell({ user: 'u-7', tags: { 'u-42': 'shared' } }, endedCall());
    await audit.flush();
    await eraseFromAudit(store, { user: 'u-42', stopped: true });
    expect(readFileSync(file, 'utf8')).not.toContain('u-42');
    expect((await readAudit(store, { by: ['user'] })).rows).toMatchObject([
      { user: '_none', calls: 1 },
      { user: 'u-7', calls: 2 },
    ]);
  });

  it('are those of the time before users were hashed too', async () => {
    const { store, directory } = await oneFile();
    const hashUsersWith = 'a key of sixteen characters';
    const { audit, tell } = newAudit({ store, hashUsersWith });
    tell({ user: 'u-42' }, endedCall());
    tell({ user: 'u-7', tags: { about: 'u-42' } }, endedCall());
    await audit.flush();
    const options = { user: 'u-42', stopped: true };
    const erased = await eraseFromAudit(store, { ...options, hashUsersWith });
    expect(erased).toMatchObject({ calls: 2, files: { length: 2 } });
    for (const name of readdirSync(directory))
      expect(readFileSync(path.join(directory, name), 'utf8')).not.toContain('u-42');
  });

  it('lose what a crash left of a rewrite, also where they themselves stay', async () => {
    const { directory, store, name, file } = await oneFile();
    renameSync(file, `${file.replace('.1.jsonl', '.2.jsonl')}.new`);
    writeFileSync(file, '');
    expect(await eraseFromAudit(store, { user: 'u-42', stopped: true })).toMatchObject({ files: [] });
    expect(readdirSync(directory)).toEqual([name]);
  });

  it('are what a link leads to, and the link stays', async () => {
    const { directory, store, file } = await oneFile();
    const elsewhere = path.join(newDirectory(), 'disk.jsonl');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect(await eraseFromAudit(store, { user: 'u-42', stopped: true })).toMatchObject({
      calls: 1,
      files: [file],
    });
    expect(readFileSync(elsewhere, 'utf8')).not.toContain('u-42');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect([...readdirSync(directory), ...readdirSync(path.dirname(elsewhere))]).toHaveLength(2);
  });

  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)(
    isRoot ? 'stay whose they are' : 'stay whose they are (skipped: only root erases for somebody else)',
    async () => {
      const { store, file } = await oneFile();
      chownSync(file, 1234, 2345);
      await eraseFromAudit(store, { user: 'u-42', stopped: true });
      expect(statSync(file)).toMatchObject({ uid: 1234, gid: 2345 });
    },
  );

  it('are read by whom they were read before', async () => {
    const { store, file } = await oneFile();
    chmodSync(file, 0o640);
    await eraseFromAudit(store, { user: 'u-42', stopped: true });
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it('are as before where the disk is full, with nothing beside them', async () => {
    const { directory, name, file } = await oneFile(100);
    const before = readFileSync(file, 'utf8');
    const limited = spawnSync('bash', ['-c', 'ulimit -f 4; exec "$@"', 'bash', ...commandFor(directory)], {
      encoding: 'utf8',
    });
    expect(limited).toMatchObject({ stdout: 'begins\nEFBIG\n', stderr: '' });
    expect(readdirSync(directory)).toEqual([name]);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('are not replaced through a link that stands where the new one is written', async () => {
    const { directory, store, name, file } = await oneFile();
    const victim = path.join(newDirectory(), 'victim');
    writeFileSync(victim, 'as it was');
    symlinkSync(victim, `${file}.new`);
    await eraseFromAudit(store, { user: 'u-42', stopped: true });
    expect(readFileSync(victim, 'utf8')).toBe('as it was');
    expect(readdirSync(directory)).toEqual([name]);
  });

  it('keep what is in lines with line ends of Windows', async () => {
    const { store, file } = await oneFile();
    const sums = await readAudit(store);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    expect(await readAudit(store)).toEqual(sums);
    expect(await eraseFromAudit(store, { user: 'u-42', stopped: true })).toMatchObject({
      calls: 1,
      unreadableLines: 0,
    });
    expect(await readAudit(store)).toEqual(sums);
  });

  it('may together be larger than memory', async () => {
    const { directory, file } = await oneFile();
    // One long name rather than a great many of them, so that it is soon read.
    const key = {
      user: 'x'.repeat(1_000_000),
      operation: 'chat',
      endpoint: 'chat',
      model: 'm',
      sentModel: 'm',
    };
    appendFileSync(file, lineOf({ key: { ...key, tags: {} }, counts: noCounts() }));
    const files = 50;
    for (let at = 2; at <= files; at++) copyFileSync(file, file.replace('.1.jsonl', `.${at}.jsonl`));
    const [command = '', ...args] = commandFor(directory, ['--max-old-space-size=40']);
    const small = spawnSync(command, args, { encoding: 'utf8' });
    expect(small).toMatchObject({ stdout: `begins\n${files}\n`, stderr: '' });
  });

  it('are whole, old or new, wherever the process was killed, and the next one ends it', async () => {
    const { directory, store, file } = await oneFile(300);
    const files = 20;
    const before = readFileSync(file, 'utf8');
    for (let at = 2; at <= files; at++) copyFileSync(file, file.replace('.1.jsonl', `.${at}.jsonl`));
    const sums = await readAudit(store);
    const [command = '', ...args] = commandFor(directory);
    // Each is killed when it has replaced some more than the one before.
    const replaced = () =>
      readdirSync(directory).filter(
        (name) => name.endsWith('.jsonl') && readFileSync(path.join(directory, name), 'utf8') !== before,
      ).length;
    for (const until of [1, 8]) {
      const child = spawn(command, args, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      while (child.exitCode === null && replaced() < until) await new Promise(setImmediate);
      child.kill('SIGKILL');
      await ended;
      expect(await readAudit(store)).toEqual(sums);
    }
    await eraseFromAudit(store, { user: 'u-42', stopped: true });
    const names = readdirSync(directory);
    expect(names.filter((name) => !/^[\d-]+\.\d+\.jsonl$/.test(name))).toEqual([]);
    expect(names.filter((name) => readFileSync(path.join(directory, name), 'utf8').includes('u-42'))).toEqual(
      [],
    );
    expect(await readAudit(store)).toEqual(sums);
  });
});
