import { expect, test } from 'vitest';
import { callWith, telltale } from '../../../src/index.ts';
import { memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';
import { clientOf, created, jobsOf, mockForTest, request, type TestFetch } from './support.ts';

const slow = { queuedMs: 1, runsMs: 3_600_000, sigma: 0 };
const json = { 'content-type': 'application/json' };

function isPost(init: RequestInit): boolean {
  return init.method?.toUpperCase() === 'POST';
}

/** Gives the first `count` answers to requests of this kind as `body` says, and has all others come from the mock. */
function answering(
  isMeant: (url: string, init: RequestInit) => boolean,
  bodies: readonly string[],
): TestFetch {
  let at = 0;
  return async (url, init) => {
    const body = isMeant(url, init) ? bodies[at++] : undefined;
    if (body === undefined) return await fetch(url, init);
    return new Response(body, { status: 200, headers: body.startsWith('<') ? {} : json });
  };
}

test.each(['<html>welcome</html>', '{}', 'null', '{"id":7,"status":"queued"}'])(
  'says so where the provider answers a create with %s, and keeps the job as one that may have begun',
  async (body) => {
    const mock = await mockForTest();
    const store = memoryRecords();
    const jobs = jobsOf(mock, { store }, { fetch: answering((_, init) => isPost(init), [body]) });
    await expect(jobs.start(request, { id: 'a' })).rejects.toThrow();
    const again = await jobs.start(request, { id: 'a' });
    expect((await again.done).status).toBe('completed');
    expect(again.cost.unknown).toBe(1);
  },
);

test('takes only its own Response for an answer to a poll', async () => {
  const mock = await mockForTest();
  const stranger = '{"id":"resp_of_others","object":"response","status":"completed","output":[]}';
  const bodies = ['<html>welcome</html>', stranger, '{}', 'null'];
  const jobs = jobsOf(mock, {}, { fetch: answering((_, init) => !isPost(init), bodies), fast: true });
  const job = await jobs.start(request);
  const response = await job.done;
  expect(response.id).toBe(job.responseId);
  const types: string[] = [];
  for await (const { type } of job.progress()) types.push(type);
  expect(types.filter((type) => type === 'poll_failed')).toHaveLength(bodies.length);
});

test.each(['starting', 'paused', 7])(
  'takes the status %s, which it does not know, for work',
  async (status) => {
    const mock = await mockForTest();
    const store = memoryRecords();
    const strange: TestFetch = async (url, init) => {
      const answer = (await (await fetch(url, init)).json()) as object;
      return new Response(JSON.stringify({ ...answer, status }), { status: 200, headers: json });
    };
    const jobs = jobsOf(mock, { store, delaysMs: [3_600_000] }, { fetch: strange });
    const job = await jobs.start(request, { id: 'a' });
    expect(job.state).toBe('in_progress');
    await jobs.close();
    const { jobs: found, unreadable } = await jobsOf(mock, { store }).resume();
    expect(unreadable).toEqual([]);
    expect((await found[0]?.done)?.status).toBe('completed');
    expect(created(mock)).toHaveLength(1);
  },
);

test.each([500, 502, 504, 408])('does not take a create that ends with %i for refused', async (status) => {
  const mock = await mockForTest();
  let isFirst = true;
  const loses: TestFetch = async (url, init) => {
    const answer = await fetch(url, init);
    if (!isFirst) return answer;
    isFirst = false;
    return new Response('{"error":{"message":"lost"}}', { status, headers: json });
  };
  const jobs = jobsOf(mock, {}, { fetch: loses });
  await expect(jobs.start(request, { id: 'a' })).rejects.toMatchObject({ status });
  const job = await jobs.start(request, { id: 'a' });
  await job.done;
  expect(new Set(created(mock).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(job.cost.unknown).toBe(1);
});

test('does not take a create that was cut by a deadline for refused', async () => {
  const mock = await mockForTest();
  const hangs: TestFetch = async (url, init) => {
    await fetch(url, { ...init, signal: null });
    return await new Promise((_, reject) =>
      init.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
    );
  };
  const store = memoryRecords();
  const hanging = jobsOf(mock, { store }, { fetch: hangs });
  const cut = callWith({ deadlineMs: 200 }, () => hanging.start(request, { id: 'a' }));
  await expect(cut).rejects.toThrow('has not ended within its deadline');
  const job = await jobsOf(mock, { store }).start(request, { id: 'a' });
  await job.done;
  expect(new Set(created(mock).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(job.cost.unknown).toBe(1);
});

test('says so where the provider does not let a job be cancelled', async () => {
  const mock = await mockForTest({ background: slow });
  const forbids: TestFetch = async (url, init) =>
    url.endsWith('/cancel')
      ? new Response('{"error":{"message":"no"}}', { status: 403, headers: json })
      : await fetch(url, init);
  const job = await jobsOf(mock, { delaysMs: [3_600_000] }, { fetch: forbids }).start(request);
  await expect(job.cancel()).rejects.toMatchObject({ status: 403 });
});

test('books what a job used once, though its end could not be written down', async () => {
  const mock = await mockForTest();
  const memory = memoryRecords();
  let isDown = true;
  const store: RecordStore = {
    ...memory,
    write: async (id, value, ...rest) => {
      if (isDown && (value as { state?: string }).state === 'completed') throw new Error('ENOSPC');
      return await memory.write(id, value, ...rest);
    },
  };
  const client = clientOf(mock);
  const jobs = jobsOf(mock, { store, client, mostFailures: 2 }, { fast: true });
  const job = await jobs.start(request, { id: 'a' });
  await expect(job.done).rejects.toThrow('ENOSPC');
  const { usd } = telltale(client).stats().cost;
  expect(usd).toBeGreaterThan(0);
  isDown = false;
  const again = await jobs.start(request, { id: 'a' });
  expect(again).not.toBe(job);
  expect((await again.done).status).toBe('completed');
  expect(telltale(client).stats().cost.usd).toBe(usd);
});

test('keeps the answer of a stream whose store is down for a while', async () => {
  const mock = await mockForTest();
  const memory = memoryRecords();
  const refusals: Record<string, number> = { in_progress: 1, completed: 2 };
  const store: RecordStore = {
    ...memory,
    write: async (id, value, ...rest) => {
      const { state = '' } = value as { state?: string };
      refusals[state] = (refusals[state] ?? 0) - 1;
      if ((refusals[state] ?? 0) >= 0) throw new Error('ENOSPC');
      return await memory.write(id, value, ...rest);
    },
  };
  const job = await jobsOf(mock, { store }, { fast: true }).start({ ...request, store: false });
  expect((await job.done).status).toBe('completed');
  expect(refusals['completed']).toBeLessThan(0);
  expect(mock.ledger()).toHaveLength(1);
});

test('lets a stream work on for as long as its deadline says, be it longer than a timer', async () => {
  const mock = await mockForTest({ latency: { firstTokenMs: 30, betweenTokensMs: 0 } });
  const job = await jobsOf(mock, { deadlineMs: 2 ** 40 }).start({ ...request, store: false });
  expect((await job.done).status).toBe('completed');
});
