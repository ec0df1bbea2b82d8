import fc from 'fast-check';
import OpenAI, { toFile } from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { PriceBook } from '../../src/account/price-book.ts';
import type { Call } from '../../src/call.ts';
import { callWith, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import { type Answer, newAnswer } from '../../src/send/answer.ts';
import { BackgroundJobs } from '../../src/wrap/background-jobs.ts';
import { BatchBook } from '../../src/wrap/batch-book.ts';
import { describeRequest } from '../../src/wrap/describe.ts';
import { newCall } from '../../src/wrap/new-call.ts';
import { settleMoney } from '../../src/wrap/settle.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { registerMetrics } from '../observe/support.ts';

const lines = ['one', 'two']
  .map((customId) =>
    JSON.stringify({
      custom_id: customId,
      method: 'POST',
      url: '/v1/responses',
      body: { model: 'gpt-5-mini', input: customId },
    }),
  )
  .join('\n');

async function openStage(options: ObserveOptions = {}) {
  const mock = await startMock({ batches: { validatingMs: 1, runningMs: 1, finalizingMs: 1 } });
  onTestFinished(async () => await mock.close());
  const clientOf = (own: ObserveOptions = options) =>
    observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }), own);
  return { mock, client: clientOf(), clientOf };
}

async function makeBatch(client: OpenAI, content = lines): Promise<string> {
  const { id: input_file_id } = await client.files.create({
    file: await toFile(Buffer.from(content), 'in.jsonl'),
    purpose: 'batch',
  });
  const params = { input_file_id, endpoint: '/v1/responses', completion_window: '24h' } as const;
  return (await client.batches.create(params)).id;
}

async function ended(client: OpenAI, id: string): Promise<OpenAI.Batch> {
  let batch = await client.batches.retrieve(id);
  await expect
    .poll(async () => {
      batch = await client.batches.retrieve(id);
      return batch.status;
    })
    .toBe('completed');
  return batch;
}

test('what a batch used is booked once, in figures, audit and budgets, however often it is fetched', async () => {
  const { client } = await openStage({
    audit: {},
    budget: [
      { usd: 1, per: 'day', scope: 'user' },
      { usd: 1, per: 'day', models: ['gpt-4*'] },
    ],
  });
  const batch = await callWith({ user: 'ann' }, async () => await ended(client, await makeBatch(client)));
  await client.batches.retrieve(batch.id);
  const handle = telltale(client);
  const usd = handle.batchCostUsd(batch);
  expect(usd).toBeGreaterThan(0);
  const { cost, tokens, byModel } = handle.stats();
  expect(cost).toMatchObject({ usd, unknownCalls: 0 });
  expect(byModel[batch.model ?? '']?.cost.usd).toBe(usd);
  const { input_tokens, output_tokens } = batch.usage ?? {};
  expect(tokens.input).toMatchObject({ count: 0, sum: input_tokens, mean: undefined });
  expect(tokens.output).toMatchObject({ count: 0, sum: output_tokens });
  const rows = await handle.audit({ by: ['user', 'sentModel'] });
  expect(rows.find(({ sentModel }) => sentModel === batch.model)).toMatchObject({
    user: 'ann',
    calls: 1,
    costUsd: usd,
    inputTokens: input_tokens,
    outputTokens: output_tokens,
  });
  expect(rows.reduce((sum, row) => sum + row.unknownCostCalls, 0)).toBe(0);
  await handle.flush();
  const budgets = handle.budget()?.budgets ?? [];
  expect(budgets.map(({ budget, owner, spentUsd }) => [budget, owner, spentUsd])).toEqual([
    ['usd/day per user', 'ann', usd],
    ['usd/day gpt-4*', undefined, 0],
  ]);
});

test('what a batch used is in the sums of metrics, and in no distribution over calls', async () => {
  const metrics = registerMetrics();
  onTestFinished(async () => await metrics.stop());
  const { client } = await openStage();
  const { usage, model } = await ended(client, await makeBatch(client));
  const points = (await metrics.points()).filter(
    ({ attributes }) => attributes['gen_ai.request.model'] === model,
  );
  const counted = points.filter(({ name }) => name === 'telltale.tokens');
  const of = (type: string) =>
    counted.find(({ attributes }) => attributes['gen_ai.token.type'] === type)?.value;
  expect([of('input'), of('output')]).toEqual([usage?.input_tokens, usage?.output_tokens]);
  expect(points.map(({ name }) => name)).toContain('telltale.cost');
  expect(points.map(({ name }) => name)).not.toContain('gen_ai.client.token.usage');
});

test('what another process made is booked where it is expected, and nowhere else', async () => {
  const { client, clientOf } = await openStage();
  const id = await makeBatch(client);
  const [stranger, heir] = [clientOf(), clientOf()];
  telltale(heir).expectBatch(id);
  const batch = await ended(heir, id);
  telltale(heir).expectBatch(id);
  await heir.batches.retrieve(id);
  await ended(stranger, id);
  expect(telltale(heir).stats().cost.usd).toBe(telltale(heir).batchCostUsd(batch));
  expect(telltale(stranger).stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
  expect(telltale(client).stats().cost).toMatchObject({ usd: 0, unknownCalls: 0 });
  expect(() => telltale(heir).expectBatch(3 as never)).toThrow(
    'Expected `batchId` to be a non-empty string, got `3` (number)',
  );
});

test('a batch whose model has no price is counted as unknown, and charged to nobody', async () => {
  const { client } = await openStage({ budget: { usd: 1, per: 'day', unpriced: 'allow' } });
  const other = lines.replaceAll('gpt-5-mini', 'gpt-5-pro');
  const batch = await ended(client, await makeBatch(client, other));
  await client.batches.retrieve(batch.id);
  const handle = telltale(client);
  expect(handle.stats().cost).toMatchObject({ usd: 0, unknownCalls: 1 });
  expect(handle.stats().tokens.output.sum).toBe(batch.usage?.output_tokens);
  await handle.flush();
  expect(handle.budget()).toMatchObject({ unknownCosts: 1, budgets: [{ spentUsd: 0 }] });
});

const server = { provider: 'openai', serverAddress: '127.0.0.1' } as const;

function asks(id: string, way: 'retrieve' | 'cancel'): Call {
  const options =
    way === 'cancel'
      ? { method: 'post', path: `/batches/${id}/cancel` }
      : { method: 'get', path: `/batches/${id}` };
  return newCall(describeRequest(options as Parameters<typeof describeRequest>[0], server), 0, {});
}

function saying(id: string, status: string, hasUsage: boolean, completedRequests: number): Answer {
  return {
    ...newAnswer(),
    response: { resource: { type: 'batch', id, status, model: 'gpt-5', completedRequests } },
    ...(hasUsage && { usage: { source: 'provider' as const, inputTokens: 10, outputTokens: 100 } }),
  };
}

const step = fc.record({
  batch: fc.nat({ max: 3 }),
  way: fc.constantFrom('expect' as const, 'retrieve' as const, 'cancel' as const),
  status: fc.constantFrom('in_progress', 'cancelling', 'completed', 'expired', 'cancelled', 'failed'),
  hasUsage: fc.boolean(),
  completed: fc.nat({ max: 1 }),
});

test('in any order, a batch is booked by the first call that brings its usage after its end', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const parts = {
        prices: new PriceBook(undefined),
        jobs: new BackgroundJobs(createFakeClock()),
        batches: new BatchBook(),
      };
      /** The reference: what is expected and not over, and of which it was said that nobody knows. */
      const open = new Set<string>();
      const closed = new Set<string>();
      const told = new Set<string>();
      for (const { batch, way, status, hasUsage, completed } of steps) {
        const id = `batch_${batch}`;
        if (way === 'expect') {
          parts.batches.expect(id);
          if (!closed.has(id)) open.add(id);
          continue;
        }
        const call = asks(id, way);
        settleMoney(call, saying(id, status, hasUsage, completed), 200, parts);
        const isOver = open.has(id) && status !== 'in_progress' && status !== 'cancelling';
        const books = isOver && hasUsage;
        const isUnknown = isOver && !hasUsage && status !== 'failed' && completed > 0;
        if (isOver && !isUnknown) {
          open.delete(id);
          closed.add(id);
        }
        const isFirst = isUnknown && !told.has(id);
        if (isFirst) told.add(id);
        expect(call.job).toEqual(
          books
            ? { part: 'books', isBatch: true, model: 'gpt-5' }
            : isFirst
              ? { part: 'ends', isBatch: true }
              : undefined,
        );
        // Half of 1.25 and 10 for a million.
        expect(call.costUsd).toBe(books ? (10 * 0.625 + 100 * 5) / 1e6 : undefined);
        expect(call.usage.source).toBe(books ? 'provider' : 'unknown');
      }
    }),
  );
});
