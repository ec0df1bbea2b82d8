import { writeFileSync } from 'node:fs';
import path from 'node:path';
import OpenAI from 'openai';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fileAuditStore, fileBudgetStore, observe, telltale } from '../../src/index.ts';
import { type MockOptions, startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { newDirectory } from '../account/audit/support.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'a secret' }],
  max_completion_tokens: 4_000,
};

async function newClient(given: ObserveOptions = {}, mockOptions: MockOptions = {}) {
  const mock = await startMock({ latency: { firstTokenMs: 0, betweenTokensMs: 0 }, ...mockOptions });
  onTestFinished(() => mock.close());
  const clock = { ...createFakeClock(), random: () => 0.5 };
  const openai = observe(new OpenAI({ apiKey: 'sk-hidden', baseURL: mock.url, maxRetries: 0 }), {
    ...given,
    clock,
  });
  return { openai, clock, mock };
}

test('a client that has done nothing is ok, in a form that can be sent', async () => {
  const { openai } = await newClient({
    limits: [{ requests: 5, per: 'minute' }],
    alerts: {},
    audit: { store: fileAuditStore(newDirectory()), hashUsersWith: 'a key of sixteen characters' },
  });
  const health = telltale(openai).health();
  expect(health).toEqual({
    status: 'ok',
    checks: {
      calls: { status: 'ok', windowMs: 300_000, calls: 0, failed: 0 },
      limiter: { status: 'ok', waiting: 0, longestWaitMs: 0, inFlight: 0 },
      alerts: { status: 'ok', firing: [] },
      audit: { status: 'ok', failedWrites: 0, corruptLines: 0, hasOthers: false },
      exporter: { status: 'unknown', reason: 'nobody has said what sends telemetry' },
    },
  });
  expect(JSON.parse(JSON.stringify(health))).toEqual(health);
});

test('what is not there is not checked, but for the exporter, of which somebody should say', async () => {
  const { openai } = await newClient();
  expect(Object.keys(telltale(openai).health().checks)).toEqual(['calls', 'exporter']);
});

test('it says how many wait and how long, and is degraded when that is long', async () => {
  const { openai, clock } = await newClient({ limits: [{ requests: 1, per: 'minute' }] });
  await openai.chat.completions.create(request);
  const waiting = [openai.chat.completions.create(request), openai.chat.completions.create(request)];
  await vi.waitFor(() => expect(telltale(openai).limits()?.waiting.medium).toBe(2));
  clock.advance(30_000);
  expect(telltale(openai).health().checks['limiter']).toMatchObject({
    status: 'ok',
    waiting: 2,
    longestWaitMs: 30_000,
  });
  clock.advance(1);
  expect(telltale(openai).health()).toMatchObject({
    status: 'degraded',
    checks: {
      calls: { status: 'ok', calls: 1, sinceLastSuccessMs: 30_001 },
      limiter: { status: 'degraded', reason: 'a call has waited for more than 30 s' },
    },
  });
  clock.advance(40_000);
  await waiting[0];
  clock.advance(70_000);
  await waiting[1];
  expect(telltale(openai).health()).toMatchObject({
    status: 'ok',
    checks: { limiter: { waiting: 0, longestWaitMs: 0 } },
  });
});

test('it is down when nothing goes well, with the alert that fires, and holds nothing of what was said', async () => {
  const { openai, clock } = await newClient(
    { alerts: {} },
    { schedule: [{ forMs: 3_600_000, faults: [{ status: 500, rate: 1 }] }] },
  );
  for (let at = 0; at < 20; at++) await expect(openai.chat.completions.create(request)).rejects.toThrow();
  clock.advance(1_000);
  const health = telltale(openai).health();
  expect(health).toMatchObject({
    status: 'down',
    checks: {
      calls: {
        status: 'down',
        reason: 'no call went well',
        failed: 20,
        errorRate: 1,
        sinceLastFailureMs: 1_000,
      },
      alerts: { status: 'degraded', firing: ['error_rate'] },
    },
  });
  expect(JSON.stringify(health)).not.toMatch(/secret|sk-hidden|127\.0\.0\.1/);
});

test('it tells of a store that does not answer', async () => {
  const store = { state: 'down', fallbackMs: 1_234.5, liveInstances: 3 };
  const stats = () => ({
    waiting: { high: 0, medium: 1, low: 2 },
    longestWaitMs: 5,
    inFlight: 4,
    limits: [],
    store,
  });
  const limiter = { acquire: vi.fn(), learn: vi.fn(), stats, close: vi.fn() };
  const { openai } = await newClient({
    limiter: limiter as unknown as NonNullable<ObserveOptions['limiter']>,
  });
  expect(telltale(openai).health()).toMatchObject({
    status: 'degraded',
    checks: {
      limiter: { status: 'ok', waiting: 3, longestWaitMs: 5, inFlight: 4 },
      store: { status: 'degraded', reason: 'it does not answer', fallbackMs: 1_235, liveInstances: 3 },
    },
  });
  store.state = 'up';
  expect(telltale(openai).health().status).toBe('ok');
});

test('it names the models that are ill', async () => {
  const { openai, clock } = await newClient(
    { breaker: { minCalls: 3 } },
    { schedule: [{ forMs: 600_000, faults: [{ status: 503, rate: 1 }] }] },
  );
  expect(telltale(openai).health().checks['breakers']).toEqual({ status: 'ok', notClosed: [] });
  for (let call = 0; call < 3; call++)
    await expect(openai.chat.completions.create(request)).rejects.toThrow();
  expect(telltale(openai).health().checks['breakers']).toEqual({
    status: 'degraded',
    reason: 'a model is ill',
    notClosed: ['chat gpt-5-mini open'],
  });
  clock.advance(5_000);
  expect(telltale(openai).health().checks['breakers']?.status).toBe('degraded');
});

test('it says which budget is spent, and not whose', async () => {
  const { openai } = await newClient({ budget: { usd: 0.000_001, per: 'day', onExceeded: 'allow' } });
  expect(telltale(openai).health().checks['budget']).toEqual({ status: 'ok', spent: [], store: 'up' });
  await openai.chat.completions.create(request);
  expect(telltale(openai).health().checks['budget']).toEqual({
    status: 'degraded',
    reason: 'a budget is spent',
    spent: ['usd/day'],
    store: 'up',
  });
});

test('it says of which budget the spending is uncertain, because that may refuse every call', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const file = path.join(newDirectory(), 'budget.journal');
  writeFileSync(file, 'no journal at all\n');
  const budgetStore = fileBudgetStore(file, { clock: createFakeClock() });
  onTestFinished(() => budgetStore.close());
  const { openai } = await newClient({ budget: { usd: 1, per: 'day' }, budgetStore });
  await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ code: 'budget_exceeded' });
  expect(telltale(openai).health().checks['budget']).toEqual({
    status: 'degraded',
    reason: 'what was spent of a budget is uncertain',
    spent: [],
    uncertain: ['usd/day'],
    store: 'up',
  });
});
