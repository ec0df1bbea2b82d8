import { expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { Mock } from '../../../src/mock/index.ts';
import {
  type BackgroundJob,
  type JobEvent,
  memoryRecords,
  type RecordStore,
} from '../../../src/patterns/index.ts';
import { created, jobsOf, mockForTest, request, type TestFetch } from './support.ts';

const slow = { queuedMs: 1, runsMs: 3_600_000, sigma: 0 };

async function eventsOf(job: BackgroundJob): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of job.progress()) types.push(type);
  return types;
}

function cancels(mock: Mock) {
  return mock.ledger().filter(({ path }) => path.endsWith('/cancel'));
}

test('fails with what came when the answer was cut', async () => {
  const mock = await mockForTest();
  const job = await jobsOf(mock).start({ ...request, max_output_tokens: 16, reasoning: { effort: 'high' } });
  const error = await job.done.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'job_failed',
    message: `The background job \`${job.id}\` ended as incomplete: max_output_tokens.`,
    cause: { status: 'incomplete', id: job.responseId },
  });
  expect((await eventsOf(job)).at(-1)).toBe('incomplete');
  expect(job.cost).toMatchObject({ usd: expect.any(Number), unknown: 0 });
});

test('fails with the provider, at a cost that nobody knows', async () => {
  const mock = await mockForTest({ background: { queuedMs: 1, runsMs: 5, sigma: 0, failRate: 1 } });
  const job = await jobsOf(mock).start(request);
  await expect(job.done).rejects.toMatchObject({ code: 'job_failed', cause: { status: 'failed' } });
  expect(job.state).toBe('failed');
  expect(job.cost).toMatchObject({ usd: undefined, unknown: 1 });
});

test('is cancelled at the provider, once', async () => {
  const mock = await mockForTest({ background: slow });
  const job = await jobsOf(mock).start(request);
  await Promise.all([job.cancel(), job.cancel()]);
  await job.cancel();
  await expect(job.done).rejects.toMatchObject({ code: 'job_failed', cause: { status: 'cancelled' } });
  expect((await eventsOf(job)).filter((type) => type === 'cancelled')).toHaveLength(1);
  expect(mock.ledger().find(({ job: made }) => made)?.job?.status).toBe('cancelled');
});

test('stays as it ended when it is cancelled too late', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const job = await jobsOf(mock, { store, delaysMs: [3_600_000], jitter: 0 }).start(request, { id: 'a' });
  await mock.settled();
  await job.cancel();
  expect((await job.done).status).toBe('completed');
  expect(job.state).toBe('completed');
});

test('is cancelled by the signal of its start', async () => {
  const mock = await mockForTest({ background: slow });
  const leave = new AbortController();
  const job = await jobsOf(mock).start(request, { signal: leave.signal });
  leave.abort();
  await expect(job.done).rejects.toMatchObject({ code: 'job_failed' });
  expect(job.state).toBe('cancelled');
  await expect(jobsOf(mock).start(request, { signal: leave.signal })).rejects.toThrow('aborted');
  expect(created(mock)).toHaveLength(1);
});

test('leaves the job alone when only a wait for it is given up', async () => {
  const mock = await mockForTest();
  const job = await jobsOf(mock).start(request);
  await expect(job.wait({ signal: AbortSignal.abort(new Error('no time')) })).rejects.toThrow('no time');
  const leave = new AbortController();
  const waiting = job.wait({ signal: leave.signal });
  leave.abort(new Error('no time'));
  await expect(waiting).rejects.toThrow('no time');
  expect((await job.wait({ signal: new AbortController().signal })).status).toBe('completed');
});

test('is cancelled at the provider after its deadline', async () => {
  const mock = await mockForTest({ background: slow });
  const job = await jobsOf(mock, { deadlineMs: 3_600_000 }).start(request, { deadlineMs: 30 });
  await expect(job.done).rejects.toThrow('ended as cancelled: its deadline was over.');
  expect(cancels(mock)).toHaveLength(1);
});

test('tries a cancel again that the provider did not take', async () => {
  const mock = await mockForTest({ background: slow });
  let refusals = 2;
  const fetchFails: TestFetch = async (url, init) =>
    url.endsWith('/cancel') && refusals-- > 0
      ? new Response('{"error":{"message":"busy"}}', { status: 503 })
      : await fetch(url, init);
  const job = await jobsOf(mock, {}, { fetch: fetchFails, fast: true }).start(request);
  await expect(job.cancel()).rejects.toMatchObject({ status: 503 });
  await expect(job.done).rejects.toThrow('ended as cancelled: it was asked for.');
  expect(cancels(mock)).toHaveLength(1);
});

test('goes on when polls fail, and says so', async () => {
  const polls = { count: 0 };
  const mock = await mockForTest();
  const events: JobEvent[] = [];
  const fetchFails: TestFetch = async (url, init) => {
    if (init.method?.toUpperCase() === 'GET' && polls.count++ < 3)
      return new Response('{"error":{"message":"busy"}}', {
        status: [429, 503, 404][polls.count - 1] ?? 500,
        headers: { 'retry-after-ms': '1' },
      });
    return await fetch(url, init);
  };
  const jobs = jobsOf(mock, { onProgress: (event) => events.push(event) }, { fetch: fetchFails, fast: true });
  const job = await jobs.start(request);
  expect((await job.done).status).toBe('completed');
  expect(
    events
      .filter(({ type }) => type === 'poll_failed')
      .map(({ error }) => (error as { status: number }).status),
  ).toEqual([429, 503, 404]);
});

test('gives up after so many polls that failed, and goes on when it is resumed', async () => {
  let isDown = true;
  const mock = await mockForTest();
  const store = memoryRecords();
  const fetchFails: TestFetch = async (url, init) =>
    isDown && init.method?.toUpperCase() === 'GET'
      ? new Response('{"error":{"message":"down"}}', { status: 503 })
      : await fetch(url, init);
  const jobs = jobsOf(mock, { store, mostFailures: 3 }, { fetch: fetchFails, fast: true });
  const job = await jobs.start(request, { id: 'a' });
  await expect(job.done).rejects.toMatchObject({ status: 503 });
  await expect(eventsOf(job)).rejects.toMatchObject({ status: 503 });
  expect(job.state).toBe('queued');
  isDown = false;
  const { jobs: found } = await jobs.resume();
  expect(found.map(({ id }) => id)).toEqual(['a']);
  expect((await found[0]?.done)?.status).toBe('completed');
  expect(created(mock)).toHaveLength(1);
});

test('gives up at once where the key is refused', async () => {
  const mock = await mockForTest();
  const fetchFails: TestFetch = async (url, init) =>
    init.method?.toUpperCase() === 'GET'
      ? new Response('{"error":{"message":"no"}}', { status: 401 })
      : await fetch(url, init);
  const job = await jobsOf(mock, {}, { fetch: fetchFails }).start(request);
  await expect(job.done).rejects.toMatchObject({ status: 401 });
});

test('expires where the provider does not know it any more', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store, delaysMs: [3_600_000] });
  const job = await jobs.start(request, { id: 'a' });
  await jobs.close();
  await mock.settled();
  const gone: TestFetch = async () => new Response('{"error":{"message":"gone"}}', { status: 404 });
  const later = { ...systemClock, epochMs: () => Date.now() + 120_000 };
  const { jobs: found } = await jobsOf(mock, { store, clock: later }, { fetch: gone }).resume();
  await expect(found[0]?.done).rejects.toThrow('ended as expired: the provider does not know it any more.');
  expect(job.state).not.toBe('expired');
});

test('sends nothing again where only the store was down for a while', async () => {
  const mock = await mockForTest();
  const memory = memoryRecords();
  /** How often each of these is refused: of the job when it was accepted and when it is over, and the way to it by its response. */
  const refusals: Record<string, number> = { queued: 2, completed: 1, response: 1 };
  const store: RecordStore = {
    ...memory,
    write: async (id, value, ...rest) => {
      const { state = 'response' } = value as { state?: string };
      refusals[state] = (refusals[state] ?? 0) - 1;
      if ((refusals[state] ?? 0) >= 0) throw new Error('ENOSPC');
      return await memory.write(id, value, ...rest);
    },
  };
  const job = await jobsOf(mock, { store }, { fast: true }).start(request, { id: 'a' });
  expect((await job.done).status).toBe('completed');
  expect(created(mock)).toHaveLength(1);
  expect(job.cost).toMatchObject({ usd: expect.any(Number), unknown: 0 });
  // All of them were met.
  expect(Object.values(refusals).every((left) => left <= 0)).toBe(true);
  expect(refusals['completed']).toBeLessThan(0);
});
