import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type BudgetStore, markAsBudgetStore, type ReserveReply } from '../../src/account/budget/store.ts';
import {
  type BudgetAlert,
  callWith,
  fileBudgetStore,
  memoryBudgetStore,
  observe,
  TelltaleError,
  telltale,
} from '../../src/index.ts';
import { type LedgerEntry, type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { SpanBook } from '../contract/span-book.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { registerLogs, registerMetrics } from '../observe/support.ts';

async function newMock(options: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

function newClient({ OpenAI }: World, url: string, options: ObserveOptions) {
  return observe(new OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 2 }), options);
}

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};

/** USD per million tokens: input, cached input, output. By hand, not from the table. */
const prices: Readonly<Record<string, readonly [number, number, number]>> = {
  'gpt-5': [1.25, 0.125, 10],
  'gpt-5-mini': [0.25, 0.025, 2],
};

/** What the provider's own book says was spent, in pico-dollars. */
function spentPico(ledger: readonly LedgerEntry[]): bigint {
  return ledger.reduce((sum, { usage, model, status }) => {
    const [input, cached, output] = prices[model ?? ''] ?? [];
    if (!usage || status !== 200 || input === undefined || cached === undefined || output === undefined)
      return sum;
    const pico = (tokens: number, usd: number) => BigInt(tokens) * BigInt(Math.round(usd * 1e6));
    return (
      sum +
      pico(usage.inputTokens - usage.cachedTokens, input) +
      pico(usage.cachedTokens, cached) +
      pico(usage.outputTokens, output)
    );
  }, 0n);
}

const budgetOf = (client: object) => telltale(client).budget()?.budgets[0];
const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error & { headers: Headers },
  );

describe.each(worlds)('a budget of an observed client, openai $version', (world) => {
  test('holds what the ledger of the provider says, to the last unit, whatever goes wrong on the way', async () => {
    const mock = await newMock({
      schedule: [
        {
          forMs: 600_000,
          faults: [
            { status: 500, rate: 0.2, retryAfterMs: 1 },
            { status: 429, rate: 0.2, retryAfterMs: 1 },
          ],
        },
      ],
    });
    const budgetStore = memoryBudgetStore();
    const openai = newClient(world, mock.url, {
      budget: { usd: 100, per: 'month' },
      budgetStore,
      streamUsage: 'ask',
    });
    const models = ['gpt-5', 'gpt-5-mini'];
    const calls = Array.from({ length: 60 }, async (_, index) => {
      const model = models[index % 2] ?? 'gpt-5';
      if (index % 3 === 0) {
        for await (const chunk of await openai.chat.completions.create({ ...request, model, stream: true }))
          void chunk;
      } else if (index % 3 === 1) {
        await openai.responses.create({ model, input: 'x'.repeat(index * 40), max_output_tokens: 80 });
      } else {
        await openai.chat.completions.create({ ...request, model });
      }
    });
    await Promise.allSettled(calls);
    const [account] = budgetStore.figures();
    expect(account?.spentPico).toBe(spentPico(mock.ledger()));
    expect(account).toMatchObject({ reservedPico: 0n, estimatedPico: 0n });
    expect(spentPico(mock.ledger()) > 0n).toBe(true);
  });

  test('sends what a fallback asks for, also where a budget had sent something cheaper before', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1, models: ['gpt-5-mini'] }] }],
    });
    const openai = newClient(world, mock.url, {
      budget: {
        usd: 0.000001,
        per: 'day',
        models: ['gpt-5'],
        onExceeded: 'downgrade',
        downgrade: { 'gpt-5': 'gpt-5-mini' },
      },
      fallback: { 'gpt-5': ['gpt-5-nano'] },
    });
    await openai.chat.completions.create({ ...request, model: 'gpt-5' }, { maxRetries: 0 });
    expect(mock.ledger().map(({ model, status }) => [model, status])).toEqual([
      ['gpt-5-mini', 503],
      ['gpt-5-nano', 200],
    ]);
  });

  test('holds for another client to which a call goes on', async () => {
    const [ill, well] = [
      await newMock({ schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1 }] }] }),
      await newMock(),
    ];
    const other = new world.OpenAI({ apiKey: 'none', baseURL: well.url, maxRetries: 0 });
    const openai = newClient(world, ill.url, {
      budget: { usd: 0.000103, per: 'day' },
      fallback: { 'gpt-5-mini': [{ client: other }] },
    });
    await openai.chat.completions.create(request, { maxRetries: 0 });
    expect(budgetOf(openai)?.spentUsd).toBe(Number(spentPico(well.ledger())) / 1e12);
    const error = await errorOf(openai.chat.completions.create(request, { maxRetries: 0 }));
    expect(error).toMatchObject({ status: 429, code: 'budget_exceeded' });
    expect(well.ledger()).toHaveLength(1);
  });

  test('is told what the prompt cache saved', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, {});
    const messages = [{ role: 'user' as const, content: 'a long beginning '.repeat(400) }];
    // The provider has seen it before, from somebody else in the house.
    const other = new world.OpenAI({ apiKey: 'none', baseURL: mock.url });
    await other.chat.completions.create({ ...request, messages });
    await openai.chat.completions.create({ ...request, messages });
    const entry = mock.ledger()[1];
    const { cachedTokens = 0, inputTokens = 0 } = entry?.usage ?? {};
    expect(cachedTokens).toBeGreaterThan(0);
    expect(telltale(openai).stats()).toMatchObject({
      cacheHitRate: cachedTokens / inputTokens,
      cost: { cacheSavedUsd: expect.closeTo((cachedTokens * (0.25 - 0.025)) / 1e6, 12) },
    });
  });

  test('refuses what may not fit before it is sent, with an error that callers catch already', async () => {
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, { budget: { usd: 0.000103, per: 'day' }, clock });
    await openai.chat.completions.create(request);
    const spent = budgetOf(openai)?.spentUsd;
    const error = await errorOf(openai.chat.completions.create(request));
    expect(error).toBeInstanceOf(world.OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: 'budget_exceeded', type: 'telltale' });
    const { cause, headers } = error as Error & { headers: Headers };
    expect(cause).toBeInstanceOf(TelltaleError);
    expect(cause).toMatchObject({ code: 'budget_exceeded', budget: 'usd/day' });
    // Eleven tokens of prompt and fifty of answer, at $0.25 and $2 a million.
    expect(error?.message).toContain(
      `The budget \`usd/day\` holds $0.000103: $${spent?.toFixed(12).replace(/0+$/, '')} is spent and $0.00 reserved for calls under way, and this call may cost up to $0.00010275.`,
    );
    expect(error?.message).toContain('It resets at 2026-01-02T00:00:00.000Z.');
    expect(headers.get('x-should-retry')).toBe('false');
    expect(Number(headers.get('retry-after'))).toBe(86_400);
    expect(mock.ledger()).toHaveLength(1);
    expect(telltale(openai).stats()).toMatchObject({ calls: 2, outcomes: { refused: 1 } });
    expect(telltale(openai).budget()).toMatchObject({
      turnedDown: 1,
      store: { kind: 'memory', state: 'up' },
    });
    clock.advance(86_400_000);
    await openai.chat.completions.create(request);
    expect(mock.ledger()).toHaveLength(2);
  });

  test('cannot be passed by calls at the same time', async () => {
    const mock = await newMock();
    const limitUsd = 0.001;
    const openai = newClient(world, mock.url, { budget: { usd: limitUsd, per: 'month' } });
    const calls = await Promise.allSettled(
      Array.from({ length: 40 }, () => openai.chat.completions.create(request)),
    );
    const went = calls.filter(({ status }) => status === 'fulfilled').length;
    expect(went).toBe(mock.ledger().length);
    expect(went).toBeGreaterThan(5);
    expect(went).toBeLessThan(20);
    expect(budgetOf(openai)?.spentUsd).toBeLessThanOrEqual(limitUsd);
  });

  test('gives back what the provider refused, and what could not be sent', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1, retryAfterMs: 1 }] }],
    });
    const refused = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    await expect(refused.chat.completions.create(request)).rejects.toMatchObject({ status: 503 });
    expect(mock.ledger()).toHaveLength(3);
    expect(budgetOf(refused)).toMatchObject({ spentUsd: 0, reservedUsd: 0 });
    const aborted = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    const signal = AbortSignal.abort();
    await expect(aborted.chat.completions.create(request, { signal })).rejects.toBeInstanceOf(
      world.OpenAI.APIUserAbortError,
    );
    expect(budgetOf(aborted)).toMatchObject({ spentUsd: 0, reservedUsd: 0 });
  });

  test('counts as spent what was reserved for an attempt of which nobody knows the cost', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ kind: 'reset', rate: 1 }] }],
    });
    const openai = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    await expect(openai.chat.completions.create(request, { maxRetries: 0 })).rejects.toThrow();
    const figures = budgetOf(openai);
    // Prompt: three tokens for the five letters of it, two for `user`, and the frames of a message and of the reply.
    expect(figures).toMatchObject({ spentUsd: (11 * 0.25 + 50 * 2) / 1e6, reservedUsd: 0 });
    expect(figures?.estimatedUsd).toBe(figures?.spentUsd);
    expect(telltale(openai).budget()?.unknownCosts).toBe(1);
  });

  test('estimates a stream that broke off, and says so', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ kind: 'cut', rate: 1, afterChunks: 4 }] }],
    });
    const openai = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    for await (const chunk of await openai.chat.completions.create({ ...request, stream: true })) void chunk;
    const { spentUsd = 0, estimatedUsd, reservedUsd } = budgetOf(openai) ?? {};
    expect(spentUsd).toBeGreaterThan(0);
    expect(spentUsd).toBe(telltale(openai).stats().cost.usd);
    expect({ estimatedUsd, reservedUsd }).toEqual({ estimatedUsd: spentUsd, reservedUsd: 0 });
  });

  test('counts all that was reserved for a stream whose end nobody heard: it goes on, or was served unread', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    const mostUsd = (11 * 0.25 + 50 * 2) / 1e6;
    const stream = await openai.chat.completions.create({ ...request, stream: true });
    expect(await telltale(openai).flush()).toBe(1);
    for await (const chunk of stream) void chunk;
    expect(budgetOf(openai)).toMatchObject({ spentUsd: mostUsd, estimatedUsd: mostUsd, reservedUsd: 0 });
    expect(mock.ledger()[0]?.usage?.outputTokens).toBe(50);
  });

  test('refuses a model without a price, or lets it go where that is wanted', async () => {
    const mock = await newMock();
    const strict = newClient(world, mock.url, { budget: { usd: 1, per: 'month' } });
    const error = await errorOf(strict.chat.completions.create({ ...request, model: 'my-own' }));
    expect(error).toMatchObject({ status: 429, code: 'unpriced_model', type: 'telltale' });
    expect(error?.message).toContain('The model `my-own` has no price');
    expect(mock.ledger()).toHaveLength(0);
    expect(telltale(strict).budget()?.unpriced).toBe(1);
    const lax = newClient(world, mock.url, { budget: { usd: 1, per: 'month', unpriced: 'allow' } });
    await lax.chat.completions.create({ ...request, model: 'my-own' });
    expect(telltale(lax).budget()).toMatchObject({ unknownCosts: 1, budgets: [{ spentUsd: 0 }] });
    await strict.models.list();
    await strict.moderations.create({ input: 'Hello' }).catch(() => {});
    expect(telltale(strict).budget()?.unpriced).toBe(1);
  });

  test('goes to a cheaper model, leaves the caller’s object alone, and prices what was sent', async () => {
    const mock = await newMock();
    const book = new SpanBook();
    onTestFinished(() => book.close());
    const budgetStore = memoryBudgetStore();
    const openai = newClient(world, mock.url, {
      // 50 tokens of gpt-5 are $0.0005, of gpt-5-mini $0.0001.
      budget: { usd: 0.0003, per: 'month', onExceeded: 'downgrade', downgrade: { 'gpt-5': 'gpt-5-mini' } },
      budgetStore,
      streamUsage: 'ask',
      prices: {
        'gpt-5': { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 },
      },
    });
    const body = Object.freeze({ ...request, model: 'gpt-5', stream: true as const });
    for await (const chunk of await openai.chat.completions.create(body)) void chunk;
    expect(body.model).toBe('gpt-5');
    expect(mock.ledger().map(({ model }) => model)).toEqual(['gpt-5-mini']);
    expect(budgetStore.figures()[0]?.spentPico).toBe(spentPico(mock.ledger()));
    expect(book.own[0]?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-5-mini',
      'telltale.budget.downgraded_from': 'gpt-5',
    });
    const { byModel } = telltale(openai).stats();
    expect(byModel['gpt-5']).toMatchObject({ calls: 1, cost: { usd: 0, unknownCalls: 0 } });
    expect(byModel['gpt-5-mini']).toMatchObject({ calls: 0, usageSources: { provider: 1 } });
    expect(byModel['gpt-5-mini']?.cost.usd).toBe(telltale(openai).stats().cost.usd);
    expect(telltale(openai).budget()).toMatchObject({ downgraded: 1, turnedDown: 0 });
    const dear = { ...request, model: 'gpt-5', max_completion_tokens: 5_000 };
    expect(await errorOf(openai.chat.completions.create(dear))).toMatchObject({ code: 'budget_exceeded' });
    expect(mock.ledger()).toHaveLength(1);
  });

  test('stays with the cheaper model when it tries again', async () => {
    const mock = await newMock({
      schedule: [{ forMs: 600_000, faults: [{ status: 500, rate: 1, retryAfterMs: 1 }] }],
    });
    const openai = newClient(world, mock.url, {
      budget: { usd: 0.0003, per: 'month', onExceeded: 'downgrade', downgrade: { 'gpt-5': 'gpt-5-mini' } },
    });
    await errorOf(openai.chat.completions.create({ ...request, model: 'gpt-5' }));
    expect(mock.ledger().map(({ model }) => model)).toEqual(['gpt-5-mini', 'gpt-5-mini', 'gpt-5-mini']);
    expect(telltale(openai).stats().attempts).toBe(3);
    expect(budgetOf(openai)).toMatchObject({ spentUsd: 0, reservedUsd: 0 });
  });

  test('asks Azure for the deployment of the cheaper model, also where only a retry goes there', async () => {
    const asked: string[] = [];
    const budgetStore = memoryBudgetStore();
    const azure = new world.AzureOpenAI({
      apiKey: 'none',
      apiVersion: '2024-10-21',
      endpoint: 'http://azure.invalid',
      maxRetries: 1,
      fetch: async (url) => {
        asked.push(new URL(String(url)).pathname);
        // Meanwhile somebody else spends what was left for the dear model.
        const charge = { account: { budget: 'usd/month', owner: '' }, per: 'month', thresholds: [] } as const;
        await budgetStore.reserve([{ ...charge, limitPico: 0n, reservePico: 200_000_000n, isHard: false }]);
        return new Response('{}', { status: 500, headers: { 'retry-after-ms': '1' } });
      },
    });
    const openai = observe(azure, {
      budget: { usd: 0.0006, per: 'month', onExceeded: 'downgrade', downgrade: { 'gpt-5': 'gpt-5-mini' } },
      budgetStore,
    });
    await errorOf(openai.chat.completions.create({ ...request, model: 'gpt-5' }));
    expect(asked).toEqual([
      '/openai/deployments/gpt-5/chat/completions',
      '/openai/deployments/gpt-5-mini/chat/completions',
    ]);
  });

  test('lets an abort through while a store takes its time, and gives back what that grants too late', async () => {
    const mock = await newMock();
    let grant: (reply: ReserveReply) => void = () => {};
    const settled: string[] = [];
    const slow: BudgetStore = markAsBudgetStore({
      kind: 'memory',
      reserve: () =>
        new Promise((resolve) => {
          grant = resolve;
        }),
      figures: () => [],
      isDown: () => false,
      close: async () => {},
    });
    const openai = newClient(world, mock.url, { budget: { usd: 1, per: 'month' }, budgetStore: slow });
    const abort = new AbortController();
    const call = errorOf(openai.chat.completions.create(request, { signal: abort.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    expect(await call).toBeInstanceOf(world.OpenAI.APIUserAbortError);
    grant({
      reservation: {
        settle: async ({ kind }) => {
          settled.push(kind);
          return [];
        },
      },
      refusedBy: [],
      figures: [],
      crossed: [],
    });
    await vi.waitFor(() => expect(settled).toEqual(['release']));
    expect(mock.ledger()).toHaveLength(0);
    expect(telltale(openai).stats().outcomes.cancelled).toBe(1);
  });
});

describe('budgets of an observed client', () => {
  const [, , world] = worlds;
  if (!world) throw new Error('no client');

  test('are for each user, and for each value of a tag', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, {
      budget: [
        { usd: 0.00015, per: 'day', scope: 'user' },
        { usd: 1, per: 'day', tag: 'feature' },
      ],
    });
    const ask = (user: string, feature: string) =>
      callWith({ user, tags: { feature } }, () => errorOf(openai.chat.completions.create(request)));
    expect(await ask('ann', 'search')).toBeUndefined();
    expect(await ask('ann', 'search')).toMatchObject({ code: 'budget_exceeded' });
    expect(await ask('bob', 'search')).toBeUndefined();
    expect(
      await callWith({ user: 'cid' }, () => errorOf(openai.chat.completions.create(request))),
    ).toBeUndefined();
    const spent = telltale(openai)
      .budget()
      ?.budgets.map(({ budget, owner, reservedUsd }) => [budget, owner, reservedUsd]);
    expect(spent?.sort()).toEqual(
      [
        ['usd/day per user', 'ann', 0],
        ['usd/day per user', 'bob', 0],
        ['usd/day per user', 'cid', 0],
        ['usd/day per tag feature', 'search', 0],
        ['usd/day per tag feature', undefined, 0],
      ].sort(),
    );
    expect(mock.ledger()).toHaveLength(3);
  });

  test('alert once for each share: to the callback, to listeners and to the log, none of which can hold a call', async () => {
    const mock = await newMock();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const alerts: BudgetAlert[] = [];
    const events: BudgetAlert[] = [];
    const lines: { fields: object; message: string }[] = [];
    const sdk = registerMetrics();
    onTestFinished(() => sdk.stop());
    const openai = newClient(world, mock.url, {
      budget: {
        usd: 0.0006,
        per: 'month',
        alertAt: [0.1, 0.2, 1],
        onAlert: (alert) => {
          alerts.push(alert);
          if (alerts.length === 1) throw new Error('a bug');
          if (alerts.length === 2) return Promise.reject(new Error('another'));
          return new Promise(() => {});
        },
      },
      log: { info: () => {}, error: () => {}, warn: (fields, message) => lines.push({ fields, message }) },
    });
    telltale(openai).on('budget', (alert) => events.push(alert));
    const calls = await Promise.allSettled(
      Array.from({ length: 10 }, () => openai.chat.completions.create(request)),
    );
    expect(calls.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(2);
    expect(alerts.map(({ at, reason }) => [at, reason]).sort()).toEqual([
      [0.1, 'spent'],
      [0.2, 'spent'],
      [1, 'exceeded'],
    ]);
    expect(events).toEqual(alerts);
    for (const { budget, limitUsd, spentUsd, at, reason } of alerts) {
      expect({ budget, limitUsd }).toEqual({ budget: 'usd/month', limitUsd: 0.0006 });
      if (reason === 'spent') expect(spentUsd).toBeGreaterThanOrEqual(at * limitUsd);
    }
    const ofBudget = lines.filter(({ fields }) => 'event' in fields && fields.event === 'budget_alert');
    expect(ofBudget.map(({ message }) => message).sort()).toEqual([
      '10 % of the budget usd/month is spent',
      '20 % of the budget usd/month is spent',
      'The budget usd/month has no room left for a call',
    ]);
    const counted = (await sdk.points()).filter(({ name }) => name === 'telltale.budget.alerts');
    expect(counted.map(({ value, attributes }) => ({ value, ...attributes }))).toEqual(
      alerts.map(({ at, reason }) => ({
        value: 1,
        'telltale.budget': 'usd/month',
        'telltale.budget.at': at,
        'telltale.reason': reason,
      })),
    );
    expect(budgetOf(openai)?.alertsSent).toEqual([0.1, 0.2, 1]);
    await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(1));
  });

  test('are log records of OpenTelemetry, which do not say whose budget it is', async () => {
    const { records, stop } = registerLogs();
    onTestFinished(stop);
    const mock = await newMock();
    const clock = createFakeClock();
    const openai = newClient(world, mock.url, {
      budget: { usd: 0.000103, per: 'day', scope: 'user', alertAt: [0.01] },
      clock,
    });
    await callWith({ user: 'u-secret' }, () => openai.chat.completions.create(request));
    const [alert, ...others] = records().filter(({ eventName }) => eventName === 'telltale.budget_alert');
    expect(others).toEqual([]);
    const spent = Number(spentPico(mock.ledger())) / 1e12;
    expect(alert).toMatchObject({
      severityText: 'WARN',
      body: '1 % of the budget usd/day per user is spent',
      attributes: {
        'telltale.budget': 'usd/day per user',
        'telltale.budget.at': 0.01,
        'telltale.reason': 'spent',
        'telltale.budget.spent.usd': spent,
        'telltale.budget.reserved.usd': 0,
        'telltale.budget.limit.usd': 0.000103,
        'telltale.budget.resets_at': '2026-01-02T00:00:00.000Z',
      },
    });
    expect(JSON.stringify(alert?.attributes)).not.toContain('secret');
  });

  test('survive a restart in a file', async () => {
    const mock = await newMock();
    const directory = mkdtempSync(path.join(tmpdir(), 'telltale-budget-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const file = path.join(directory, 'budget.journal');
    let spent: number | undefined;
    for (let run = 0; run < 3; run++) {
      const budgetStore = fileBudgetStore(file);
      const openai = newClient(world, mock.url, { budget: { usd: 1, per: 'month' }, budgetStore });
      if (spent !== undefined) expect(budgetOf(openai)?.spentUsd).toBe(spent);
      await openai.chat.completions.create(request);
      expect(budgetStore.figures()[0]?.spentPico).toBe(spentPico(mock.ledger()));
      spent = budgetOf(openai)?.spentUsd;
      await budgetStore.close();
    }
  });

  test('are gauges that name no user, and refusals that name the budget', async () => {
    const mock = await newMock();
    const sdk = registerMetrics();
    onTestFinished(() => sdk.stop());
    const clients = [0.00012, 0.0002].map((usd) =>
      newClient(world, mock.url, { budget: { usd, per: 'day', scope: 'user' } }),
    );
    const ask = (index: number, user: string) =>
      callWith({ user, tags: { feature: 'secret' } }, () =>
        errorOf(clients[index]?.chat.completions.create(request) ?? Promise.resolve()),
      );
    expect(await ask(0, 'u-secret')).toBeUndefined();
    expect(await ask(0, 'u-secret')).toMatchObject({ code: 'budget_exceeded' });
    await ask(0, 'u-other');
    await ask(1, 'u-secret');
    const points = await sdk.points();
    const of = (name: string) => points.filter((point) => point.name === name);
    const [spent] = of('telltale.budget.spent');
    expect(of('telltale.budget.spent')).toHaveLength(1);
    expect(spent).toMatchObject({ unit: 'USD', attributes: { 'telltale.budget': 'usd/day per user' } });
    const highest = Math.max(
      ...(telltale(clients[0] ?? {}).budget()?.budgets ?? []).map(({ spentUsd }) => spentUsd),
    );
    expect(spent?.value).toBe(highest);
    expect(of('telltale.budget.limit')).toMatchObject([{ value: 0.00012 }]);
    expect(of('telltale.refusals')).toMatchObject([
      {
        value: 1,
        attributes: { 'telltale.reason': 'budget_exceeded', 'telltale.budget': 'usd/day per user' },
      },
    ]);
    expect(JSON.stringify(points)).not.toContain('secret');
  });

  test('allow what is over, where that is wanted, and count it', async () => {
    const mock = await newMock();
    const openai = newClient(world, mock.url, {
      budget: { usd: 0.00001, per: 'month', onExceeded: 'allow' },
    });
    for (let call = 0; call < 2; call++) await openai.chat.completions.create(request);
    expect(telltale(openai).budget()).toMatchObject({ allowedOver: 2, turnedDown: 0 });
    expect(budgetOf(openai)?.alertsSent).toEqual([0.5, 0.8, 1]);
  });

  test('take an exact tokenizer, and do without one that fails', async () => {
    const mock = await newMock();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const openai = newClient(world, mock.url, {
      budget: { usd: 0.002, per: 'month' },
      countTokens: (text) => {
        if (text.length < 100) throw new Error('too short');
        return 1;
      },
    });
    // By its characters alone it would be 5 000 tokens, or $0.00125 and more.
    const long = { ...request, messages: [{ role: 'user' as const, content: 'x'.repeat(10_000) }] };
    expect(
      await errorOf(openai.chat.completions.create({ ...long, max_completion_tokens: 500 })),
    ).toBeUndefined();
    await openai.chat.completions.create(request);
    expect(warned).toHaveBeenCalledTimes(1);
  });
});

test.each([
  [
    { budget: [] },
    'Expected `options.budget` to be a budget, or a list of at least one, got `an array of 0`',
  ],
  [
    { budget: { usd: -1, per: 'month' } },
    'Expected `options.budget.usd` to be a number from 0.000001 to 1000000000, got `-1` (number)',
  ],
  [
    { budget: { usd: 1, per: 'week' } },
    "Expected `options.budget.per` to be 'minute' or 'hour' or 'day' or 'month'",
  ],
  [{ budget: { usd: 1, per: 'day', alertsAt: [] } }, 'Did you mean `alertAt`?'],
  [
    { budget: { usd: 1, per: 'day', onExceeded: 'downgrade' } },
    "models by the name of a dearer one, because `onExceeded` is 'downgrade'",
  ],
  [{ budget: { usd: 1, per: 'day', downgrade: { a: 'b' } } }, "absent where `onExceeded` is not 'downgrade'"],
  [
    { budget: { usd: 1, per: 'day', onExceeded: 'downgrade', downgrade: { a: 'a' } } },
    'Expected `options.budget.downgrade.a` to be another model',
  ],
  [
    {
      budget: [
        { usd: 1, per: 'day' },
        { usd: 2, per: 'day' },
      ],
    },
    'another budget than `options.budget[0]`, which is for the same `usd/day`',
  ],
  [
    { budget: { usd: 1, per: 'day', alertAt: [0] } },
    'Expected `options.budget.alertAt[0]` to be a number from 0.01',
  ],
  [{ budgetStore: memoryBudgetStore() }, 'absent where there is no `options.budget`'],
  [{ budget: { usd: 1, per: 'day' }, budgetStore: {} }, 'Expected `options.budgetStore` to be a store of'],
  [{ countTokens: () => 1 }, 'absent where there are no limits and no budget'],
])('refuses %j', (options, message) => {
  const [world] = worlds;
  if (!world) throw new Error('no client');
  expect(() => newClient(world, 'http://127.0.0.1:1/v1', options as unknown as ObserveOptions)).toThrow(
    message,
  );
});

test.each([
  [{ tags: [] }, 'Expected `context.tags` to be an object of texts'],
  [{ tags: { a: 1 } }, 'Expected `context.tags.a` to be a non-empty string, got `1` (number)'],
  [{ tags: { a: 'x'.repeat(257) } }, 'a text of at most 256 characters'],
  [{ tags: { ['x'.repeat(65)]: 'a' } }, 'tags with names of 1 to 64 characters'],
  [{ tags: Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`t${at}`, 'x'])) }, 'at most 10 tags'],
])('callWith refuses %j', (context, message) => {
  expect(() => callWith(context as never, () => {})).toThrow(message);
});

test('with a retry policy and a deadline, each attempt is reserved anew and only what was served is spent', async () => {
  const [, , world] = worlds;
  if (!world) throw new Error('no client');
  const mock = await newMock({
    schedule: [
      {
        forMs: 600_000,
        faults: [
          { status: 503, rate: 0.3, retryAfterMs: 1 },
          { status: 429, rate: 0.2, retryAfterMs: 1 },
        ],
      },
    ],
  });
  const budgetStore = memoryBudgetStore();
  const openai = newClient(world, mock.url, {
    budget: { usd: 0.003, per: 'month', onExceeded: 'downgrade', downgrade: { 'gpt-5': 'gpt-5-mini' } },
    budgetStore,
    retry: { maxAttempts: 4, initialDelayMs: 1, maxDelayMs: 5 },
    deadlineMs: 20_000,
    streamUsage: 'ask',
  });
  await Promise.allSettled(
    Array.from({ length: 20 }, async (_, index) => {
      const call = { ...request, model: 'gpt-5' };
      if (index % 3 !== 0) return void (await openai.chat.completions.create(call));
      for await (const chunk of await openai.chat.completions.create({ ...call, stream: true })) void chunk;
    }),
  );
  const ledger = mock.ledger();
  const [account] = budgetStore.figures();
  expect(account?.spentPico).toBe(spentPico(ledger));
  expect(account).toMatchObject({ reservedPico: 0n, estimatedPico: 0n });
  // Five of gpt-5 have room beside each other, and four of gpt-5-mini in what is left.
  expect(telltale(openai).budget()?.downgraded).toBeGreaterThanOrEqual(4);
  expect(new Set(ledger.map(({ model }) => model))).toEqual(new Set(['gpt-5', 'gpt-5-mini']));
  expect(ledger.length).toBeGreaterThan(9);
});

test('a deadline does not wait for a store that takes its time', async () => {
  const [, , world] = worlds;
  if (!world) throw new Error('no client');
  const mock = await newMock();
  const clock = createFakeClock();
  const slow: BudgetStore = markAsBudgetStore({
    kind: 'memory',
    reserve: () => new Promise(() => {}),
    figures: () => [],
    isDown: () => false,
    close: async () => {},
  });
  const openai = newClient(world, mock.url, {
    budget: { usd: 1, per: 'month' },
    budgetStore: slow,
    deadlineMs: 1_000,
    clock,
  });
  const call = errorOf(openai.chat.completions.create(request));
  await vi.waitFor(() => expect(telltale(openai).openCalls()).toBe(1));
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1_000);
  expect(await call).toMatchObject({ cause: { code: 'deadline_exceeded' } });
  expect(mock.ledger()).toHaveLength(0);
  expect(telltale(openai).openCalls()).toBe(0);
});
