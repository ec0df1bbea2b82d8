import { expect, test } from 'vitest';
import type { AnswerFixture, MockOptions } from '../../../src/mock/index.ts';
import { type JobEvent, memoryRecords } from '../../../src/patterns/index.ts';
import { clientOf, clients, jobsOf, mockForTest, request, type TestFetch } from './support.ts';

/** As a provider answers that has no background mode. */
const refuses: MockOptions['answers'] = ({ body }) =>
  (body as { background?: boolean }).background === true
    ? ({
        status: 400,
        body: {
          error: {
            message: "Unsupported parameter: 'background' is not supported with this model.",
            type: 'invalid_request_error',
            param: 'background',
            code: 'unsupported_parameter',
          },
        },
      } as AnswerFixture['answer'])
    : undefined;

test.each(clients)(
  'openai $version: is a stream where there is no background mode, and says so',
  async ({ Client }) => {
    const mock = await mockForTest({ answers: refuses });
    const events: JobEvent[] = [];
    const jobs = jobsOf(mock, { client: clientOf(mock, Client), onProgress: (event) => events.push(event) });
    const job = await jobs.start(request);
    expect(job.via).toBe('stream');
    const response = await job.done;
    expect(response.status).toBe('completed');
    expect(response.output_text).not.toBe('');
    expect(events.map(({ type }) => type)).toEqual(['starting', 'fallback', 'in_progress', 'completed']);
    expect(events[1]?.error).toMatchObject({ status: 400, param: 'background' });
    expect(job.cost).toMatchObject({ usd: expect.any(Number), unknown: 0 });
    expect(mock.ledger().map(({ streamed, status }) => [streamed, status])).toEqual([
      [false, 400],
      [true, 200],
    ]);
  },
);

test('asks for no background mode where nothing may be stored', async () => {
  const mock = await mockForTest();
  const job = await jobsOf(mock).start({ ...request, store: false });
  expect((await job.done).status).toBe('completed');
  expect(job.via).toBe('stream');
  expect(mock.ledger()).toHaveLength(1);
});

test('ends a stream that is cancelled, or over its deadline', async () => {
  const latency = { firstTokenMs: 3_600_000, betweenTokensMs: 0 };
  const mock = await mockForTest({ answers: refuses, latency });
  const jobs = jobsOf(mock);
  const one = await startHanging(jobs);
  await one.cancel();
  await expect(one.done).rejects.toThrow('ended as cancelled: it was asked for.');
  const late = jobsOf(mock, { deadlineMs: 40 });
  await expect((await startHanging(late)).done).rejects.toThrow('ended as cancelled: its deadline was over.');
});

/** Its answer never comes. */
async function startHanging(jobs: ReturnType<typeof jobsOf>) {
  return await jobs.start({ ...request, store: false });
}

test('goes on with a stream that was closed, and counts that it may be paid twice', async () => {
  const mock = await mockForTest({ latency: { firstTokenMs: 3_600_000, betweenTokensMs: 0 } });
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store });
  const job = await jobs.start({ ...request, store: false }, { id: 'a' });
  await jobs.close();
  await expect(job.done).rejects.toMatchObject({ code: 'job_failed' });
  expect(job.state).not.toBe('failed');
  const healthy = await mockForTest();
  const events: JobEvent[] = [];
  const { jobs: found } = await jobsOf(healthy, {
    store,
    onProgress: (event) => events.push(event),
  }).resume();
  expect((await found[0]?.done)?.status).toBe('completed');
  expect(found[0]?.cost.unknown).toBe(1);
  expect(events.map(({ type }) => type)).toContain('repeated');
});

test('fails what was lost where that is wanted', async () => {
  const mock = await mockForTest({ latency: { firstTokenMs: 3_600_000, betweenTokensMs: 0 } });
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store });
  await jobs.start({ ...request, store: false }, { id: 'a' });
  await expect.poll(() => mock.ledger().length).toBe(1);
  await jobs.close();
  const { jobs: found } = await jobsOf(mock, { store, whenLost: 'fail' }).resume();
  await expect(found[0]?.done).rejects.toThrow('ended as failed: its process ended before');
  expect(mock.ledger()).toHaveLength(1);
});

test('keeps nothing of a job that is refused', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const bad: TestFetch = async () => new Response('{"error":{"message":"No such model."}}', { status: 404 });
  await expect(jobsOf(mock, { store }, { fetch: bad }).start(request, { id: 'a' })).rejects.toMatchObject({
    status: 404,
  });
  expect(await store.list()).toEqual([]);
  const again = await jobsOf(mock, { store }).start({ ...request, input: 'Another.' }, { id: 'a' });
  expect((await again.done).status).toBe('completed');
});

test.each(['with an error', 'without one'])(
  'counts a stream that breaks off %s in the middle',
  async (how) => {
    const mock = await mockForTest();
    const store = memoryRecords();
    const breaks: TestFetch = async (url, init) => {
      const answer = await fetch(url, init);
      const begins = (await answer.text()).split('\n\n').slice(0, 4).join('\n\n');
      let isSent = false;
      const body = new ReadableStream<Uint8Array>({
        pull: (stream) => {
          if (!isSent) stream.enqueue(new TextEncoder().encode(`${begins}\n\n`));
          else if (how === 'without one') stream.close();
          else stream.error(new TypeError('the connection broke'));
          isSent = true;
        },
      });
      return new Response(body, { status: 200, headers: answer.headers });
    };
    const jobs = jobsOf(mock, { store }, { fetch: breaks });
    const job = await jobs.start({ ...request, store: false }, { id: 'a' });
    await expect(job.done).rejects.toThrow();
    const again = await jobsOf(mock, { store }).start({ ...request, store: false }, { id: 'a' });
    if (how === 'without one') {
      // Its end is known: it is not sent again by itself.
      await expect(again.done).rejects.toThrow('ended as failed: its stream broke off.');
      // What came of it is reckoned.
      expect(again.cost.usd).toBeGreaterThan(0);
      expect(mock.ledger()).toHaveLength(1);
    } else {
      expect((await again.done).status).toBe('completed');
      expect(again.cost).toMatchObject({ usd: expect.any(Number), unknown: 1 });
      expect(mock.ledger()).toHaveLength(2);
    }
  },
);
