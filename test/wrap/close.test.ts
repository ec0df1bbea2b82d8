import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { markAsBudgetStore, type Reservation } from '../../src/account/budget/store.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import {
  type Call,
  callWith,
  fileAuditStore,
  memoryBudgetStore,
  observe,
  telltale,
} from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { newDirectory } from '../account/audit/support.ts';
import { type World, worlds } from '../contract/worlds.ts';

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 4_000,
};
const limits = [{ requests: 1, per: 'hour' }] as const;

async function newClient({ OpenAI }: World, options: ObserveOptions, firstTokenMs = 0) {
  const mock = await startMock({ latency: { firstTokenMs, betweenTokensMs: 0 } });
  onTestFinished(() => mock.close());
  const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 2 }), options);
  const ended: Call[] = [];
  telltale(openai).on('call', (call) => ended.push(call));
  return { openai, mock, ended };
}

describe.each(worlds)('close, openai $version', (world) => {
  test('refuses who waits and who comes, and tells of them as refused', async () => {
    const { openai, mock, ended } = await newClient(world, { limits });
    await openai.chat.completions.create(request);
    const waiting = openai.chat.completions.create(request);
    const refused = expect(waiting).rejects.toMatchObject({ status: 429, code: 'limiter_closed' });
    await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(1));
    expect(await telltale(openai).close()).toBe(0);
    await refused;
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ code: 'limiter_closed' });
    await expect(openai.withOptions({}).chat.completions.create(request)).rejects.toMatchObject({
      code: 'limiter_closed',
    });
    expect(ended.map(({ outcome, errorType }) => [outcome, errorType])).toEqual([
      ['ok', undefined],
      ['refused', 'limiter_closed'],
      ['refused', 'limiter_closed'],
      ['refused', 'limiter_closed'],
    ]);
    expect(mock.ledger()).toHaveLength(1);
    expect(telltale(openai).health()).toMatchObject({
      status: 'down',
      checks: { limiter: { status: 'down', reason: 'it is closed' } },
    });
  });

  test('waits for what is under way, and is the same once more', async () => {
    const { openai, ended } = await newClient(world, { limits }, 100);
    // As with `await`: what nobody reads does not end.
    const answer = Promise.resolve(openai.chat.completions.create(request));
    await vi.waitFor(() => expect(telltale(openai).limits()?.inFlight).toBe(1));
    const closing = telltale(openai).close({ waitMs: 60_000 });
    expect(await telltale(openai).close()).toBe(0);
    expect(await closing).toBe(0);
    expect(ended.map(({ outcome }) => outcome)).toEqual(['ok']);
    expect((await answer).choices).toHaveLength(1);
  });

  test('tells of what does not end in time, and leaves it alone', async () => {
    const { openai, ended } = await newClient(world, {}, 100);
    const answer = openai.chat.completions.create(request);
    await vi.waitFor(() => expect(telltale(openai).openCalls()).toBe(1));
    expect(await telltale(openai).close()).toBe(1);
    expect(ended.map(({ outcome, errorType }) => [outcome, errorType])).toEqual([['abandoned', 'flushed']]);
    expect((await answer).choices).toHaveLength(1);
  });

  test('refuses a wait that no timer can hold, which would be none', async () => {
    const { openai } = await newClient(world, {});
    for (const method of ['flush', 'close'] as const)
      await expect(telltale(openai)[method]({ waitMs: 2 ** 31 })).rejects.toMatchObject({
        code: 'invalid_option',
        message: 'Expected `options.waitMs` to be a number from 0 to 2147483647, got `2147483648` (number)',
      });
  });

  test('leaves alone a limiter that was given, and a client without limits', async () => {
    const limiter = createLimiter({ limits: [{ requests: 5, per: 'hour' }] });
    for (const options of [{ limiter }, {}]) {
      const { openai } = await newClient(world, options);
      await telltale(openai).close();
      expect((await openai.chat.completions.create(request)).choices).toHaveLength(1);
      expect(telltale(openai).health().status).toBe('ok');
    }
  });
});

test('close and flush wait until the store of budgets has what was spent', async () => {
  const [, , newest] = worlds;
  if (!newest) throw new Error('no client');
  let isTold: (() => void) | undefined;
  const memory = memoryBudgetStore();
  const slow = markAsBudgetStore({
    ...memory,
    reserve: async (charges) => {
      const { reservation, ...reply } = await memory.reserve(charges);
      const settle: Reservation['settle'] = (cost) =>
        new Promise((resolve) => {
          isTold = () => resolve(reservation?.settle(cost) ?? []);
        });
      return { ...reply, reservation: { settle } };
    },
  });
  const { openai } = await newClient(newest, { budget: { usd: 1, per: 'month' }, budgetStore: slow });
  await openai.chat.completions.create(request);
  const resolved: string[] = [];
  const closing = Promise.all([
    telltale(openai)
      .flush()
      .then(() => resolved.push('flush')),
    telltale(openai)
      .close()
      .then(() => resolved.push('close')),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(resolved).toEqual([]);
  isTold?.();
  await closing;
  expect(telltale(openai).budget()?.budgets[0]?.reservedUsd).toBe(0);
});

const [world] = worlds;

describe.runIf(world)('the audit of a client', () => {
  const newest = world as World;

  test('has the user and the tags that were said where the call was made, and is written by close', async () => {
    const directory = newDirectory();
    const { openai } = await newClient(newest, { audit: { store: fileAuditStore(directory) } });
    await callWith({ user: 'u-42', tags: { feature: 'search' } }, () =>
      openai.chat.completions.create(request),
    );
    const { max_completion_tokens: _, ...uncapped } = request;
    await callWith({ user: 'u-7' }, () => openai.chat.completions.create(uncapped));
    await telltale(openai).close();
    const [name = ''] = readdirSync(directory);
    expect(readFileSync(path.join(directory, name), 'utf8').match(/u-\d+/g)).toEqual(['u-42', 'u-7']);
    const { tokens, cost } = telltale(openai).stats();
    const rows = await telltale(openai).audit({ by: ['user', 'tag:feature', 'operation', 'model'] });
    expect(rows).toMatchObject([
      {
        user: 'u-42',
        tags: { feature: 'search' },
        operation: 'chat',
        model: 'gpt-5-mini',
        calls: 1,
        withoutOutputCap: 0,
      },
      {
        user: 'u-7',
        tags: { feature: '_none' },
        calls: 1,
        withoutOutputCap: 1,
        failed: 0,
        unknownCostCalls: 0,
      },
    ]);
    const [all] = await telltale(openai).audit({ by: [] });
    expect(all).toMatchObject({ calls: 2, inputTokens: tokens.input.sum, outputTokens: tokens.output.sum });
    expect(all?.costUsd).toBe(cost.usd);
  });

  test('is not there unless it is asked for', async () => {
    const { openai } = await newClient(newest, {});
    await expect(telltale(openai).audit()).rejects.toMatchObject({ code: 'invalid_option' });
  });
});
