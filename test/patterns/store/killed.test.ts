import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileRecords, type RecordStore, redisRecords } from '../../../src/patterns/index.ts';
import { hasRedis, startRedis } from '../../admit/redis/redis-server.ts';
import type { StoreChildTask } from './child.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'telltale-killed-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Child {
  readonly process: ChildProcess;
  /** What it said, when it has ended. */
  readonly ended: Promise<string>;
}

function start(task: StoreChildTask): Child {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'child.ts'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return { process: child, ended: new Promise((resolve) => child.once('close', () => resolve(said))) };
}

/** Runs the child in a directory with three records; ends it at a step, if at any. */
async function run(
  name: string,
  killAt: number,
): Promise<{ place: string; copies: string; signal: unknown }> {
  const [place, copies] = [path.join(directory, name), path.join(directory, `${name} copies`)];
  const store = fileRecords(place);
  for (const id of ['a', 'c', 'other']) await store.write(id, { turns: ['old'] });
  const child = start({ place: { directory: place }, work: 'steps', copies, killAt });
  await child.ended;
  return { place, copies, signal: child.process.signalCode };
}

/** @param acknowledged those of which the process had been told that they are done */
async function expectWhole(place: string, acknowledged: readonly string[]): Promise<void> {
  const store = fileRecords(place);
  const turnsOf = async (id: string): Promise<string | undefined> => {
    const found = (await store.read(id))?.value as { turns: string[] } | undefined;
    return found?.turns.join();
  };
  const [a, b, c] = [await turnsOf('a'), await turnsOf('b'), await turnsOf('c')];
  expect(acknowledged.includes('a') ? ['new'] : ['old', 'new'], place).toContain(a);
  expect(acknowledged.includes('b') ? ['new'] : [undefined, 'new'], place).toContain(b);
  expect(acknowledged.includes('c') ? [undefined] : ['old', undefined], place).toContain(c);
  expect(await turnsOf('other')).toBe('old');
  const present = Object.entries({ a, b, c, other: 'old' }).filter(([, value]) => value !== undefined);
  expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(present.map(([id]) => id));
  // What it held is free at once.
  for (const id of ['a', 'b', 'c']) {
    const hold = await store.hold(id, { waitMs: 0 });
    await store.write(id, { turns: ['again'] }, (await store.read(id))?.revision ?? null);
    await hold.release();
  }
  expect(readdirSync(place).filter((name) => /\.(?:hold|change)$/.test(name))).toEqual([]);
}

test('kill -9 at every step leaves each record as it was or as it was to be, and nothing held', {
  timeout: 60_000,
}, async () => {
  const { copies } = await run('whole', -1);
  const steps = readdirSync(copies).filter((name) => /^\d+$/.test(name));
  expect(steps.length).toBeGreaterThan(40);
  for (const step of steps) {
    const acknowledged = readFileSync(path.join(copies, `${step}.acknowledged`), 'utf8').split(',');
    await expectWhole(path.join(copies, step), acknowledged);
  }
  // A copy is what is left: some are killed in truth.
  for (const killAt of [10, 13]) {
    const { place, signal } = await run(`killed at ${killAt}`, killAt);
    expect(signal).toBe('SIGKILL');
    await expectWhole(place, []);
  }
});

interface CountRun {
  readonly place: StoreChildTask['place'];
  readonly work: 'count-held' | 'count-compared';
  readonly rounds: number;
  readonly kills: number;
  readonly store: RecordStore;
}

/** Four processes count in one record, and one of them is killed now and then and another takes its place. */
async function countTogether({ place, work, rounds, kills, store }: CountRun): Promise<void> {
  const log = path.join(directory, 'log');
  const killed = new Set<string>();
  const lines = (): readonly string[][] =>
    readFileSync(log, { encoding: 'utf8', flag: 'a+' })
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' '));
  const startOne = (): Child => start({ place, work, rounds, log });
  const lane = async (toKill: number): Promise<void> => {
    for (let left = toKill; ; left--) {
      const child = startOne();
      const pid = String(child.process.pid);
      if (left === 0) {
        await child.ended;
        expect(child.process.exitCode).toBe(0);
        return;
      }
      // In the midst of its work, wherever that is.
      const due = lines().length + 5 * left;
      while (!(lines().length >= due && lines().some(([who]) => who === pid)))
        await new Promise((resolve) => setTimeout(resolve, 1));
      if (child.process.kill('SIGKILL')) killed.add(pid);
      await child.ended;
    }
  };
  await Promise.all([lane(kills), lane(kills), lane(0), lane(0)]);
  const said = lines();
  const numbers = said.filter(([, what]) => what === 'wrote').map(([, , number]) => Number(number));
  expect(new Set(numbers).size).toBe(numbers.length);
  const counted = (await store.read('counter'))?.value as number;
  // One that was killed may have written and not said so.
  expect(counted).toBeGreaterThanOrEqual(numbers.length);
  expect(counted).toBeLessThanOrEqual(numbers.length + killed.size);
  let inside: string | undefined;
  for (const [who = '', what] of said) {
    if (what === 'in') {
      if (inside !== undefined) expect(killed, `${who} came in beside ${inside}`).toContain(inside);
      inside = who;
    }
    if (what === 'out') {
      expect(who).toBe(inside);
      inside = undefined;
    }
  }
  expect(killed.size).toBe(2 * kills);
}

test('of several processes no two hold a file, though some are killed', { timeout: 60_000 }, async () => {
  const place = { directory: path.join(directory, 'records') };
  const store = fileRecords(place.directory);
  await countTogether({ place, work: 'count-held', rounds: 20, kills: 2, store });
});

test('of several processes that write the same revision of a file one wins', {
  timeout: 60_000,
}, async () => {
  const place = { directory: path.join(directory, 'records') };
  const store = fileRecords(place.directory);
  await countTogether({ place, work: 'count-compared', rounds: 20, kills: 1, store });
});

test.skipIf(!hasRedis)('the same in Redis, with a redis-server', { timeout: 60_000 }, async () => {
  const server = await startRedis();
  try {
    for (const work of ['count-held', 'count-compared'] as const) {
      const place = { port: server.port, key: work, leaseMs: 1_000 };
      const store = redisRecords(server.client(), { key: work });
      await countTogether({ place, work, rounds: 20, kills: 1, store });
      rmSync(path.join(directory, 'log'));
    }
  } finally {
    await server.stop();
  }
});
