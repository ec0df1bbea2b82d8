import { createHmac } from 'node:crypto';
import OpenAI from 'openai';
import OpenAI6 from 'openai-v6';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { observe } from '../../../src/index.ts';
import { type Mock, type MockOptions, startMock } from '../../../src/mock/index.ts';
import {
  type BackgroundJobs,
  type BackgroundJobsOptions,
  backgroundJobs,
  memoryRecords,
} from '../../../src/patterns/index.ts';

export const request = { model: 'gpt-5-mini', input: 'Write the report.' } as const;
export const quick = { queuedMs: 5, runsMs: 20, sigma: 0 };
export const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;

export const clients = [
  { version: '7', Client: OpenAI },
  { version: '6', Client: OpenAI6 as unknown as typeof OpenAI },
];

export async function mockForTest(options: MockOptions = {}): Promise<Mock> {
  const mock = await startMock({
    seed: 1,
    background: quick,
    latency: { firstTokenMs: 1, betweenTokensMs: 0 },
    ...options,
  });
  onTestFinished(async () => await mock.close());
  return mock;
}

export type TestFetch = (url: string, init: RequestInit) => Promise<Response>;

export function clientOf(mock: Mock, Client: typeof OpenAI = OpenAI, fetch?: TestFetch): OpenAI {
  const options = { baseURL: mock.url, apiKey: 'any', maxRetries: 0 };
  return observe(new Client({ ...options, ...(fetch && { fetch: fetch as typeof globalThis.fetch }) }));
}

/** No wait is longer than this. */
const hurried = {
  ...systemClock,
  schedule: (task: () => void, delayMs: number, kind: 'work' | 'housekeeping') =>
    systemClock.schedule(task, Math.min(delayMs, 5), kind),
};

/** Jobs on the mock, polled with hardly a delay; they are closed with the test. `fast` cuts every wait short. */
export function jobsOf(
  mock: Mock,
  options: Partial<BackgroundJobsOptions> = {},
  { fetch, fast = false }: { fetch?: TestFetch; fast?: boolean } = {},
): BackgroundJobs {
  const jobs = backgroundJobs({
    client: clientOf(mock, OpenAI, fetch),
    store: memoryRecords(),
    delaysMs: [5],
    ...(fast && { clock: hurried }),
    ...options,
  });
  onTestFinished(async () => await jobs.close());
  return jobs;
}

/** Requests that made a Response. */
export function created(mock: Mock) {
  return mock
    .ledger()
    .filter(({ method, path, status }) => method === 'POST' && path === '/v1/responses' && status === 200);
}

/** By the rules of Standard Webhooks. */
export function signed(
  event: object,
  sentMs = Date.now(),
): { body: string; headers: Record<string, string> } {
  const body = JSON.stringify({ object: 'event', id: 'evt_1', created_at: 1, ...event });
  const timestamp = String(Math.floor(sentMs / 1_000));
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const digest = createHmac('sha256', key).update(`wh_1.${timestamp}.${body}`).digest('base64');
  return {
    body,
    headers: { 'webhook-id': 'wh_1', 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${digest}` },
  };
}
