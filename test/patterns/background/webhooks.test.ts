import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { observe } from '../../../src/index.ts';
import type { Mock, MockOptions, WebhookOptions } from '../../../src/mock/index.ts';
import {
  type BackgroundJobs,
  type BackgroundJobsOptions,
  backgroundJobs,
  type JobEvent,
  memoryRecords,
  type WebhookHeaders,
  type WebhookNews,
} from '../../../src/patterns/index.ts';
import {
  clientOf,
  clients,
  created,
  jobsOf,
  mockForTest,
  quick,
  request,
  secret,
  signed,
} from './support.ts';

const never = { delaysMs: [3_600_000], jitter: 0 };

/** An HTTP server such as an application has, and a mock that posts to it. */
async function receiver(options: MockOptions = {}, chaos: Partial<WebhookOptions> = {}) {
  const posts: { body: Buffer; headers: WebhookHeaders }[] = [];
  const told: (WebhookNews | string)[] = [];
  const receivers: BackgroundJobs[] = [];
  const server = createServer((incoming, answer) => {
    const pieces: Buffer[] = [];
    incoming.on('data', (piece: Buffer) => pieces.push(piece));
    incoming.on('end', async () => {
      const body = Buffer.concat(pieces);
      posts.push({ body, headers: incoming.headers });
      try {
        for (const jobs of receivers) told.push(await jobs.webhook(body, incoming.headers));
        answer.writeHead(204).end();
      } catch (error) {
        told.push((error as Error).constructor.name);
        answer.writeHead(error instanceof OpenAI.InvalidWebhookSignatureError ? 400 : 500).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  const mock = await mockForTest({
    ...options,
    webhooks: { url, secret, backoffMs: 10, lateMs: 100, ...chaos },
  });
  return { mock, posts, told, receivers };
}

function jobsWith(mock: Mock, options: Partial<BackgroundJobsOptions> = {}): BackgroundJobs {
  return jobsOf(mock, { webhookSecret: secret, ...never, ...options });
}

function gets(mock: Mock) {
  return mock.ledger().filter(({ method }) => method === 'GET');
}

async function quiet(mock: Mock) {
  await mock.settled();
  await expect
    .poll(() => mock.webhooks().filter(({ outcome }) => outcome === 'pending').length, { timeout: 10_000 })
    .toBe(0);
}

test.each(clients)(
  'openai $version: a webhook ends the wait, and the job is asked about once',
  async ({ Client }) => {
    const { mock, told, receivers } = await receiver();
    const jobs = jobsWith(mock, { client: clientOf(mock, Client) });
    receivers.push(jobs);
    const job = await jobs.start(request);
    expect((await job.done).status).toBe('completed');
    expect(gets(mock)).toHaveLength(1);
    await quiet(mock);
    expect(told).toEqual([{ result: 'noted', type: 'response.completed', jobId: job.id }]);
  },
);

test('has one end for each job though webhooks come twice, late and out of order', async () => {
  const { mock, receivers } = await receiver({}, { duplicateRate: 0.5, lateRate: 0.4, swapRate: 0.4 });
  const events: JobEvent[] = [];
  const jobs = jobsWith(mock, { delaysMs: [40], jitter: 0.2, onProgress: (event) => events.push(event) });
  receivers.push(jobs);
  const started = await Promise.all(Array.from({ length: 12 }, () => jobs.start(request)));
  await Promise.all(started.map(({ done }) => done));
  await quiet(mock);
  const ends = events.filter(({ type }) => type === 'completed').map(({ id }) => id);
  expect(ends.toSorted()).toEqual(started.map(({ id }) => id).toSorted());
  expect(created(mock)).toHaveLength(12);
  // Those that are late may come after the end of the jobs.
  await expect.poll(() => mock.webhooks().length).toBeGreaterThan(12);
});

test('finds a job of another process, and leaves it with one end', async () => {
  const { mock, told, receivers } = await receiver();
  const store = memoryRecords();
  const events: JobEvent[] = [];
  const onProgress = (event: JobEvent): number => events.push(event);
  const one = jobsWith(mock, { store, delaysMs: [200], onProgress });
  const other = jobsWith(mock, { store, onProgress });
  receivers.push(other);
  const job = await one.start(request, { id: 'a' });
  await expect.poll(() => told.length).toBe(1);
  expect(told).toEqual([{ result: 'noted', type: 'response.completed', jobId: 'a' }]);
  const found = await other.get('a');
  expect(found?.state).toBe('completed');
  // The first one learns of it from the store, and asks nobody.
  expect((await job.done).status).toBe('completed');
  expect(gets(mock)).toHaveLength(1);
});

test('takes a webhook that came before its job was known', async () => {
  const { mock } = await receiver({ background: { ...quick, queuedMs: 0, runsMs: 0 } });
  const jobs = jobsWith(mock);
  const made: { id: string }[] = [];
  // The answer to the create is held back until the webhook has been taken in.
  const client = clientOf(mock, OpenAI, async (url, init) => {
    const response = await fetch(url, init);
    if (init.method?.toUpperCase() !== 'POST') return response;
    const text = await response.text();
    made.push(JSON.parse(text) as { id: string });
    const { body, headers } = signed({ type: 'response.completed', data: { id: made[0]?.id } });
    expect(await early.webhook(body, headers)).toEqual({ result: 'unknown', type: 'response.completed' });
    return new Response(text, { status: 200, headers: { 'content-type': 'application/json' } });
  });
  const early = jobsWith(mock, { client });
  const job = await early.start(request);
  expect((await job.done).status).toBe('completed');
  await jobs.close();
});

test('believes no forged webhook', async () => {
  const { mock, told, receivers, posts } = await receiver({
    background: { queuedMs: 1, runsMs: 3_600_000, sigma: 0 },
  });
  const jobs = jobsWith(mock);
  receivers.push(jobs);
  const job = await jobs.start(request);
  for (const forged of ['signature', 'body', 'timestamp'] as const)
    mock.sendWebhook({ type: 'response.completed', id: job.responseId ?? '', forged });
  await expect.poll(() => posts.length).toBeGreaterThanOrEqual(3);
  await expect.poll(() => told.length).toBeGreaterThanOrEqual(3);
  expect(new Set(told)).toEqual(new Set(['InvalidWebhookSignatureError']));
  expect(gets(mock)).toHaveLength(0);
  expect(job.state).toBe('queued');
  await job.cancel();
});

test('asks, and believes what the provider says, when a webhook says too much', async () => {
  const { mock, told, receivers } = await receiver({
    background: { queuedMs: 1, runsMs: 3_600_000, sigma: 0 },
  });
  const jobs = jobsWith(mock);
  receivers.push(jobs);
  const job = await jobs.start(request);
  mock.sendWebhook({ type: 'response.completed', id: job.responseId ?? '' });
  await expect.poll(() => gets(mock).length).toBe(1);
  await expect.poll(() => told.length).toBe(1);
  await expect.poll(() => job.state).toBe('in_progress');
  await job.cancel();
});

test('knows nothing of other events, and of what is over', async () => {
  const { mock } = await receiver();
  const jobs = jobsWith(mock);
  const job = await jobs.start(request, { id: 'a' });
  await mock.settled();
  const of = async (type: string, id: string | undefined) => {
    const { body, headers } = signed({ type, data: { id } });
    return await jobs.webhook(body, new Headers(headers));
  };
  expect(await of('batch.completed', 'batch_1')).toEqual({ result: 'unknown', type: 'batch.completed' });
  expect(await of('response.completed', 'resp_of_others')).toEqual({
    result: 'unknown',
    type: 'response.completed',
  });
  expect(await of('response.completed', job.responseId)).toMatchObject({ result: 'noted' });
  await job.done;
  expect(await of('response.completed', job.responseId)).toEqual({
    result: 'over',
    type: 'response.completed',
    jobId: 'a',
  });
  expect(gets(mock)).toHaveLength(1);
});

test('says what is missing where there is no secret', async () => {
  const mock = await mockForTest();
  const client = observe(new OpenAI({ baseURL: mock.url, apiKey: 'any', webhookSecret: null }));
  const jobs = backgroundJobs({ client, store: memoryRecords() });
  const { body, headers } = signed({ type: 'response.completed', data: { id: 'resp_1' } });
  await expect(jobs.webhook(body, headers)).rejects.toThrow(/webhook secret/i);
});

test('takes headers in whatever form they come', async () => {
  const mock = await mockForTest();
  const jobs = jobsWith(mock);
  const { body, headers } = signed({ type: 'batch.completed', data: { id: 'batch_1' } });
  const upper = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  const signature = headers['webhook-signature'] ?? '';
  const forms: WebhookHeaders[] = [
    new Headers(headers),
    upper,
    Object.entries(headers),
    new Map(Object.entries(headers)),
    { ...headers, 'webhook-signature': ['v1,AAAA', signature], cookie: undefined },
  ];
  for (const form of forms)
    expect(await jobs.webhook(Buffer.from(body), form)).toEqual({
      result: 'unknown',
      type: 'batch.completed',
    });
});

test('says so where a webhook was parsed before, or has no headers', async () => {
  const jobs = jobsWith(await mockForTest());
  const { body, headers } = signed({ type: 'batch.completed', data: { id: 'batch_1' } });
  await expect(jobs.webhook(JSON.parse(body) as never, headers)).rejects.toThrow(
    'Expected `rawBody` to be the body as it came, a text or bytes',
  );
  await expect(jobs.webhook(body, undefined as never)).rejects.toThrow('Expected `headers` to be');
});

test('believes no webhook that is replayed later', async () => {
  const jobs = jobsWith(await mockForTest());
  const { body, headers } = signed(
    { type: 'batch.completed', data: { id: 'batch_1' } },
    Date.now() - 400_000,
  );
  await expect(jobs.webhook(body, headers)).rejects.toThrow(OpenAI.InvalidWebhookSignatureError);
});
