import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import type { RecordStore } from '../../../src/patterns/store/record-store.ts';

/** What a child is told. */
export type StoreChildTask = {
  /** Where its records are. */
  readonly place:
    | { readonly directory: string }
    | { readonly port: number; readonly key: string; readonly leaseMs: number };
} & (
  | {
      /** Counts in one record, under a hold, or by the revision alone. */
      readonly work: 'count-held' | 'count-compared';
      readonly rounds: number;
      /** Gets a line for each thing done, in the order in which all processes did them. */
      readonly log: string;
    }
  | {
      /** Writes `a`, makes `b` and deletes `c`. */
      readonly work: 'steps';
      /** Gets a copy of the directory as it is before each step, which is what a kill there leaves. */
      readonly copies: string;
      /** The step at which it is killed for real. */
      readonly killAt: number;
    }
);

const task = JSON.parse(process.argv[2] ?? '{}') as StoreChildTask;

async function storeOf({ place }: StoreChildTask): Promise<RecordStore> {
  if ('directory' in place) {
    const { fileRecords } = await import('../../../src/patterns/store/file/file-records.ts');
    return fileRecords(place.directory);
  }
  const { redisRecords } = await import('../../../src/patterns/store/redis/redis-records.ts');
  const { Redis } = await import('ioredis');
  const { port, key, leaseMs } = place;
  const client = new Redis({ port, host: '127.0.0.1' });
  client.on('error', () => {});
  return redisRecords(client, { key, leaseMs });
}

async function count(rounds: number, log: string, isHeld: boolean): Promise<void> {
  const store = await storeOf(task);
  const tell = (what: string): void => fs.appendFileSync(log, `${process.pid} ${what}\n`);
  for (let done = 0; done < rounds; ) {
    const hold = isHeld ? await store.hold('counter') : undefined;
    if (hold) tell('in');
    const found = await store.read('counter');
    const next = ((found?.value as number | undefined) ?? 0) + 1;
    try {
      // Under a hold nothing but the hold keeps two from writing the same number.
      await store.write('counter', next, isHeld ? undefined : (found?.revision ?? null));
      tell(`wrote ${next}`);
      done += 1;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'record_conflict') throw error;
    }
    if (hold) tell('out');
    await hold?.release();
  }
}

const acknowledged: string[] = [];

/** Before each step that changes the disk, and in the middle of each that writes: copies it, or ends the process. */
function watchSteps(directory: string, copies: string, killAt: number): void {
  let steps = 0;
  const { rmSync } = fs;
  const atStep = (): void => {
    if (steps === killAt) process.kill(process.pid, 'SIGKILL');
    const copy = path.join(copies, String(steps++));
    fs.cpSync(directory, copy, { recursive: true, preserveTimestamps: true });
    fs.writeFileSync(`${copy}.acknowledged`, acknowledged.join());
  };
  const watch = (target: object, name: string): void => {
    const functions = target as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const original = functions[name];
    if (!original) throw new Error(`there is no ${name}`);
    functions[name] = async function (this: unknown, ...args) {
      atStep();
      if (name !== 'writeFile') return await original.apply(this, args);
      const at = args.findLastIndex((argument) => typeof argument === 'string');
      const text = String(args[at]);
      await original.apply(this, args.with(at, text.slice(0, text.length / 2)));
      atStep();
      // An open file goes on where it is, one of a name begins anew.
      if (at === 0) return await original.apply(this, args.with(at, text.slice(text.length / 2)));
      rmSync(String(args[0]));
      return await original.apply(this, args);
    };
  };
  for (const name of ['rename', 'rm', 'rmdir', 'mkdir', 'writeFile']) watch(fs.promises, name);
  const { open } = fs.promises;
  let isWatched = false;
  fs.promises.open = async (...args) => {
    const handle = await open(...args);
    if (!isWatched) watch(Object.getPrototypeOf(handle) as object, 'writeFile');
    isWatched = true;
    return handle;
  };
  watch(fs.promises, 'open');
  syncBuiltinESMExports();
}

async function step(): Promise<void> {
  const store = await storeOf(task);
  const hold = await store.hold('a');
  await store.write('a', { turns: ['new'] });
  acknowledged.push('a');
  await store.write('b', { turns: ['new'] }, null);
  acknowledged.push('b');
  await store.delete('c');
  acknowledged.push('c');
  await hold.release();
}

if (task.work === 'steps') {
  if ('directory' in task.place) watchSteps(task.place.directory, task.copies, task.killAt);
  await step();
} else {
  await count(task.rounds, task.log, task.work === 'count-held');
  // The client of Redis would keep it alive.
  process.exit(0);
}
