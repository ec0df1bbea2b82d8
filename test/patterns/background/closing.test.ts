import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';
import { created, jobsOf, mockForTest, request, secret, signed, type TestFetch } from './support.ts';

const never = { delaysMs: [3_600_000], jitter: 0 };

/** A clock that tells of the timers that are set. */
function watched() {
  const timers = new Set<object>();
  const schedule: typeof systemClock.schedule = (task, delayMs, kind) => {
    const timer = {};
    timers.add(timer);
    const cancel = systemClock.schedule(
      () => {
        timers.delete(timer);
        task();
      },
      delayMs,
      kind,
    );
    return () => {
      timers.delete(timer);
      cancel();
    };
  };
  return { clock: { ...systemClock, schedule }, timers };
}

/** A store that waits in one of its functions until it is let go. */
function gated(name: 'read' | 'write' | 'hold' | 'list') {
  const memory = memoryRecords();
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let reached: () => void = () => undefined;
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const waiting = async (...args: never[]) => {
    reached();
    await gate;
    return await (memory[name] as (...given: never[]) => Promise<unknown>)(...args);
  };
  return { store: { ...memory, [name]: waiting } as RecordStore, memory, open, isReached };
}

test.each(['read', 'hold', 'write'] as const)(
  'begins nothing after it was closed while a start was in %s of the store',
  async (name) => {
    const mock = await mockForTest();
    const { store, memory, open, isReached } = gated(name);
    const { clock, timers } = watched();
    const jobs = jobsOf(mock, { store, clock, ...never });
    const starting = jobs.start(request, { id: 'a' });
    const refused = expect(starting).rejects.toMatchObject({ code: 'job_failed' });
    await isReached;
    const closing = jobs.close();
    open();
    await refused;
    await closing;
    expect(created(mock)).toEqual([]);
    expect(timers.size).toBe(0);
    expect(await memory.list()).toEqual([]);
  },
);

test('goes on with nothing after it was closed while it was resumed', async () => {
  const mock = await mockForTest();
  const { store, memory, open, isReached } = gated('list');
  const first = jobsOf(mock, { store: memory, ...never });
  await first.start(request, { id: 'a' });
  await first.close();
  const { clock, timers } = watched();
  const jobs = jobsOf(mock, { store, clock, ...never });
  const refused = expect(jobs.resume()).rejects.toMatchObject({ code: 'job_failed' });
  await isReached;
  await jobs.close();
  open();
  await refused;
  expect(timers.size).toBe(0);
});

test('gives a job that is alive to whoever starts it again right after it was given up', async () => {
  const mock = await mockForTest();
  let isDown = true;
  const fails: TestFetch = async (url, init) =>
    isDown && init.method?.toUpperCase() === 'GET'
      ? new Response('{"error":{"message":"no"}}', { status: 401 })
      : await fetch(url, init);
  const jobs = jobsOf(mock, {}, { fetch: fails });
  const job = await jobs.start(request, { id: 'a' });
  const again = job.done.catch(() => {
    isDown = false;
    return jobs.get('a').then((found) => found?.done);
  });
  expect((await again)?.status).toBe('completed');
});

test('does not say of a webhook that its job is over because it was closed', async () => {
  const mock = await mockForTest({ background: { queuedMs: 1, runsMs: 5, sigma: 0 } });
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store, webhookSecret: secret, ...never });
  const job = await jobs.start(request, { id: 'a' });
  const closing = jobs.close();
  const { body, headers } = signed({ type: 'response.completed', data: { id: job.responseId } });
  await expect(jobs.webhook(body, headers)).rejects.toMatchObject({ code: 'job_failed' });
  await closing;
});

test('stands by without sitting on the lock of the other process', async () => {
  const mock = await mockForTest({ background: { queuedMs: 5, runsMs: 150, sigma: 0 } });
  const memory = memoryRecords();
  const waits: (number | undefined)[] = [];
  const store: RecordStore = {
    ...memory,
    hold: async (id, options) => {
      waits.push(options?.waitMs);
      return await memory.hold(id, options);
    },
  };
  const first = jobsOf(mock, { store: memory });
  await first.start(request, { id: 'a' });
  const { jobs } = await jobsOf(mock, { store }).resume();
  expect((await jobs[0]?.done)?.status).toBe('completed');
  // A store of files asks for a lock that it waits for many times a second.
  expect(new Set(waits)).toEqual(new Set([0]));
});
