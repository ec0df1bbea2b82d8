import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { observe, telltale } from '../../src/index.ts';
import { type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { LineBook } from '../observe/line-book.ts';
import { registerLogs, registerMetrics, registerTracing } from '../observe/support.ts';

const request = {
  model: 'gpt-5',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 50,
};
const ill: MockOptions = {
  schedule: [{ forMs: 600_000, faults: [{ rate: 1, status: 503, models: ['gpt-5'] }] }],
};
const downgrade = {
  usd: 0.0003,
  per: 'month',
  onExceeded: 'downgrade',
  downgrade: { 'gpt-5': 'gpt-5-mini' },
} as const;

/** Asks for gpt-5 once, and gathers what is said of it wherever something is. */
async function tell(options: ObserveOptions, mockOptions: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...mockOptions });
  onTestFinished(() => mock.close());
  // First: an SDK registers a provider of logs of its own where there is none.
  const logs = registerLogs();
  const tracing = registerTracing();
  const metrics = registerMetrics();
  for (const { stop } of [tracing, logs, metrics]) onTestFinished(stop);
  const log = new LineBook();
  const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
    audit: {},
    clock: createFakeClock(),
    log,
    ...options,
  });
  const answer = await openai.chat.completions.create(request);
  const { byModel, cost } = telltale(openai).stats();
  const attempts = (await metrics.points()).filter(({ name }) => name === 'telltale.attempts');
  return {
    answer,
    usd: cost.usd,
    byModel,
    // A budget that turns down has a line of its own.
    line: log.lines.find(({ fields }) => 'outcome' in fields)?.fields,
    record: logs.records().find(({ eventName }) => eventName === 'telltale.call')?.attributes ?? {},
    span: tracing.spans.getFinishedSpans().find(({ name }) => name === 'chat gpt-5')?.attributes ?? {},
    audit: await telltale(openai).audit({ by: ['model', 'sentModel'] }),
    attempts: attempts.map(({ attributes, value }) => [attributes['gen_ai.request.model'], value]),
  };
}

const models = [
  'gen_ai.request.model',
  'gen_ai.response.model',
  'telltale.budget.downgraded_from',
  'telltale.fallback.model',
  'telltale.fallback.reason',
  'telltale.cost.usd',
];
const only = (attributes: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(models.map((name) => [name, attributes[name]]));

test('a call that went on elsewhere names both models wherever it is told of, and its money by the second', async () => {
  const told = await tell({ fallback: { 'gpt-5': ['gpt-5-mini'] } }, ill);
  const { usd, answer } = told;
  expect(answer.model).toMatch(/^gpt-5-mini/);
  expect(usd).toBeGreaterThan(0);
  expect(told.line).toMatchObject({
    model: 'gpt-5',
    sentModel: 'gpt-5-mini',
    fallbackReason: 'ill',
    responseModel: answer.model,
    costUsd: usd,
  });
  expect(only(told.span)).toEqual({
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.response.model': answer.model,
    'telltale.fallback.model': 'gpt-5-mini',
    'telltale.fallback.reason': 'ill',
    'telltale.cost.usd': usd,
  });
  expect(only(told.record)).toEqual(only(told.span));
  expect(told.audit).toMatchObject([{ model: 'gpt-5', sentModel: 'gpt-5-mini', calls: 1, costUsd: usd }]);
  expect(told.byModel['gpt-5']).toMatchObject({
    calls: 1,
    attempts: 2,
    outcomes: { [told.line?.outcome ?? 'none']: 1 },
    tokens: { output: { count: 0 } },
    cost: { usd: 0, unknownCalls: 0 },
  });
  expect(told.byModel['gpt-5-mini']).toMatchObject({
    calls: 0,
    tokens: { output: { count: 1 } },
    cost: { usd, unknownCalls: 0 },
  });
  expect(told.attempts.sort()).toEqual([
    ['gpt-5', 1],
    ['gpt-5-mini', 1],
  ]);
});

test('a call that a budget sent elsewhere does so too', async () => {
  const told = await tell({ budget: downgrade });
  const { usd, answer } = told;
  expect(usd).toBeGreaterThan(0);
  expect(told.line).toMatchObject({
    model: 'gpt-5',
    sentModel: 'gpt-5-mini',
    responseModel: answer.model,
    costUsd: usd,
  });
  expect(told.line).not.toHaveProperty('fallbackReason');
  expect(only(told.span)).toEqual({
    'gen_ai.request.model': 'gpt-5-mini',
    'gen_ai.response.model': answer.model,
    'telltale.budget.downgraded_from': 'gpt-5',
    'telltale.cost.usd': usd,
  });
  expect(only(told.record)).toEqual(only(told.span));
  expect(told.audit).toMatchObject([{ model: 'gpt-5', sentModel: 'gpt-5-mini', calls: 1, costUsd: usd }]);
  expect(told.byModel).toMatchObject({ 'gpt-5': { cost: { usd: 0 } }, 'gpt-5-mini': { cost: { usd } } });
  expect(told.attempts).toEqual([['gpt-5-mini', 1]]);
});

test('a call that stayed where it was says so by saying nothing', async () => {
  const told = await tell({ fallback: { 'gpt-5': ['gpt-5-mini'] } });
  expect(told.line).not.toHaveProperty('sentModel');
  expect(told.line).not.toHaveProperty('fallbackReason');
  expect(told.audit).toMatchObject([{ model: 'gpt-5', sentModel: 'gpt-5', costUsd: told.usd }]);
  expect(told.byModel).toEqual({ 'gpt-5': expect.objectContaining({ calls: 1 }) });
});
