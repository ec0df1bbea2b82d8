import OpenAI, { AzureOpenAI } from 'openai';
import OpenAI6, { AzureOpenAI as AzureOpenAI6 } from 'openai-v6';
import { describe, expect, test } from 'vitest';
import { markAsBudgetStore } from '../../src/account/budget/store.ts';
import {
  type BudgetAlert,
  callWith,
  memoryBudgetStore,
  type ObserveOptions,
  observe,
  redisBudgetStore,
  telltale,
} from '../../src/index.ts';
import { fails, json, type Step, startSteps } from './steps-server.ts';

const id = 'batch_1';
const usage = { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 };
/** Half of 0.25 and 2 for a million. */
const usd = (1_000 * 0.125 + 100 * 1) / 1e6;

function batchOf(changes: object = {}): object {
  const counts = { total: 2, completed: 2, failed: 0 };
  return {
    object: 'batch',
    id,
    status: 'completed',
    model: 'gpt-5-mini',
    request_counts: counts,
    ...changes,
  };
}

const whole = json(200, batchOf({ usage }));

async function expecting(steps: readonly Step[], options: ObserveOptions = {}) {
  const server = await startSteps(steps);
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.url, maxRetries: 2 }), options);
  telltale(openai).expectBatch(id);
  return { server, openai, handle: telltale(openai) };
}

test('a batch whose answer nobody read is booked by the next that is read', async () => {
  const { openai, handle } = await expecting([whole]);
  const unread = await openai.batches.retrieve(id).asResponse();
  await unread.body?.cancel();
  expect(handle.stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
  const { data } = await openai.batches.retrieve(id).withResponse();
  expect(data.usage).toEqual(usage);
  await (await openai.batches.retrieve(id).asResponse()).json();
  expect(handle.stats().cost).toMatchObject({ usd, unknownCalls: 0 });
});

test.each([
  ['no JSON', (response: Parameters<Step>[0]) => response.writeHead(200).end('<p>gateway</p>')],
  [
    'binary',
    (response: Parameters<Step>[0]) =>
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(Buffer.from([0, 255])),
  ],
  [
    'a stream',
    (response: Parameters<Step>[0]) =>
      response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${JSON.stringify(batchOf({ usage }))}\n\n`),
  ],
  ['a list', json(200, { object: 'list', data: [batchOf({ usage })] })],
  ['another id', json(200, batchOf({ id: 'batch_2', usage }))],
])('an answer that is %s books nothing, and the next one does', async (_what, odd) => {
  const { openai, handle } = await expecting([odd, whole]);
  await openai.batches.retrieve(id).catch(() => undefined);
  expect(handle.stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
  await openai.batches.retrieve(id);
  expect(handle.stats().cost).toMatchObject({ usd, unknownCalls: 0 });
});

test('an answer after a retry, and one to a clone of the client, is booked once', async () => {
  const retried = { 'retry-after-ms': '1' };
  const { openai, handle, server } = await expecting([fails(500, retried), fails(429, retried), whole]);
  await Promise.all([
    openai.withOptions({ timeout: 9_000 }).batches.retrieve(id),
    openai.batches.retrieve(id),
    openai.batches.cancel(id),
  ]);
  expect(server.requests.length).toBe(5);
  expect(handle.stats()).toMatchObject({ cost: { usd, unknownCalls: 0 }, byModel: { 'gpt-5-mini': {} } });
});

test('a list of batches books nothing', async () => {
  const { openai, handle } = await expecting([json(200, { object: 'list', data: [batchOf({ usage })] })]);
  await openai.batches.list();
  expect(handle.stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
});

describe.each([
  ['openai 7', OpenAI, AzureOpenAI],
  ['openai 6', OpenAI6, AzureOpenAI6],
] as const)('%s', (_version, Client, Azure) => {
  test.each(['OpenAI', 'Azure', 'an Azure deployment'])('%s: is made, followed and booked', async (where) => {
    const made = json(200, batchOf({ status: 'validating', model: undefined }));
    const { url, requests } = await startSteps([made, json(200, batchOf({ status: 'in_progress' })), whole]);
    const azure = { apiKey: 'k', endpoint: url, apiVersion: '2025-03-01-preview' };
    const client =
      where === 'OpenAI'
        ? new Client({ apiKey: 'k', baseURL: url })
        : new Azure({ ...azure, ...(where !== 'Azure' && { deployment: 'mine' }) });
    const openai = observe(client as OpenAI);
    const params = { input_file_id: 'file-1', endpoint: '/v1/responses', completion_window: '24h' } as const;
    const batch = await openai.batches.create(params);
    await openai.batches.retrieve(batch.id);
    await openai.batches.retrieve(batch.id);
    await openai.batches.retrieve(batch.id);
    expect(requests.length).toBe(4);
    expect(telltale(openai).stats()).toMatchObject({ calls: 4, cost: { usd, unknownCalls: 0 } });
  });
});

test.each([
  ['is no object', 'much'],
  ['is below nothing', { input_tokens: -5, output_tokens: -1 }],
  ['is no number', { input_tokens: 'many', output_tokens: null }],
  ['is absent', undefined],
])('usage that %s is unknown once, to budgets too', async (_what, odd) => {
  const { openai, handle } = await expecting([json(200, batchOf({ usage: odd }))], {
    budget: [
      { usd: 1, per: 'day', models: ['gpt-5*'] },
      { usd: 1, per: 'day', models: ['gpt-4*'] },
    ],
  });
  for (let times = 0; times < 3; times++) await openai.batches.retrieve(id);
  await handle.flush();
  expect(handle.stats().cost).toMatchObject({ usd: 0, unknownCalls: 1 });
  expect(handle.budget()?.unknownCosts).toBe(1);
});

test('usage beyond all measure is charged as far as numbers go, and ends nothing', async () => {
  const most = { input_tokens: Number.MAX_SAFE_INTEGER, output_tokens: Number.MAX_SAFE_INTEGER };
  const { openai, handle } = await expecting([json(200, batchOf({ usage: most }))], {
    budget: { usd: 1, per: 'day' },
    audit: {},
  });
  await openai.batches.retrieve(id);
  await handle.flush();
  const spent = handle.budget()?.budgets[0]?.spentUsd ?? 0;
  const unknown = handle.budget()?.unknownCosts ?? 0;
  expect(spent > 1 || unknown === 1).toBe(true);
  expect(Number.isFinite(handle.stats().cost.usd)).toBe(true);
});

test('a model with a key in it, or without an end, is nowhere', async () => {
  const key = 'sk-proj-Canary0batch1abcdefghijkl';
  const { openai, handle } = await expecting([
    json(200, batchOf({ model: `${key}${'x'.repeat(5_000)}`, usage })),
  ]);
  await openai.batches.retrieve(id);
  const said = JSON.stringify(handle.stats());
  expect(said).not.toContain(key);
  expect(said.length).toBeLessThan(5_000);
});

test('alerts of a budget come once, to whoever asked of the batch', async () => {
  const alerts: BudgetAlert[] = [];
  const { openai, handle } = await expecting([whole], {
    budget: {
      usd: 0.0002,
      per: 'day',
      scope: 'user',
      alertAt: [0.5, 1],
      onAlert: (alert) => void alerts.push(alert),
    },
  });
  for (const user of ['ann', 'bob'])
    await callWith({ user, tags: { feature: 'x' } }, () => openai.batches.retrieve(id));
  await handle.flush();
  expect(alerts.map(({ owner, at }) => [owner, at])).toEqual([
    ['ann', 0.5],
    ['ann', 1],
  ]);
});

test('what a store that is gone cannot be told yet is kept, even where no call may go', async () => {
  const gone = {
    status: 'end',
    evalsha: () => Promise.reject(new Error('gone')),
    eval: () => Promise.reject(new Error('gone')),
  };
  const { openai, handle } = await expecting([whole], {
    budget: { usd: 1, per: 'day' },
    budgetStore: redisBudgetStore(gone, { key: 'odd', whenDown: 'closed', timeoutMs: 50 }),
  });
  await openai.batches.retrieve(id);
  await handle.flush();
  expect(handle.budget()).toMatchObject({ unknownCosts: 0, budgets: [{ spentUsd: usd }] });
  const call = openai.responses.create({ model: 'gpt-5-mini', input: 'Hello?' });
  await expect(call).rejects.toMatchObject({ code: 'store_unavailable' });
});

test('what a store does not take is counted', async () => {
  const kept = memoryBudgetStore();
  const { openai, handle } = await expecting([whole], {
    budget: { usd: 1, per: 'day' },
    budgetStore: markAsBudgetStore({ ...kept, reserve: () => Promise.reject(new Error('full')) }),
  });
  await openai.batches.retrieve(id);
  await handle.flush();
  expect(handle.stats().cost.usd).toBe(usd);
  expect(handle.budget()).toMatchObject({ unknownCosts: 1, budgets: [{ spentUsd: 0 }] });
});
