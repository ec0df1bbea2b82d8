import OpenAI from 'openai';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Alert, observe, telltale } from '../../src/index.ts';
import { startMock } from '../../src/mock/index.ts';
import type { ObserveOptions } from '../../src/options.ts';
import { createFakeClock } from '../mock/fake-clock.ts';
import { registerLogs, registerMetrics } from '../observe/support.ts';

const request = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** A client whose provider answers each call with 500, and fails no more once `heal` is called. */
async function newClient(given: Omit<ObserveOptions, 'clock'>) {
  const mock = await startMock({
    latency: { firstTokenMs: 0, betweenTokensMs: 0 },
    schedule: [{ forMs: 3_600_000, faults: [{ status: 500, rate: 1 }] }],
  });
  onTestFinished(() => mock.close());
  const clock = createFakeClock();
  const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
    ...given,
    clock,
  });
  return { openai, clock };
}

async function fail(openai: OpenAI, times: number): Promise<void> {
  for (let at = 0; at < times; at++)
    await expect(openai.chat.completions.create(request)).rejects.toMatchObject({ status: 500 });
}

test('alerts reach the callback, the listener, the log, the log records and the gauge, once each way', async () => {
  const { records, stop: stopLogs } = registerLogs();
  const { points, stop: stopMetrics } = registerMetrics();
  onTestFinished(async () => {
    await stopLogs();
    await stopMetrics();
  });
  const onAlert = vi.fn<(alert: Alert) => void>();
  const heard = vi.fn<(alert: Alert) => void>();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const { openai, clock } = await newClient({ alerts: { minCalls: 3, onAlert }, log });
  telltale(openai).on('alert', heard);
  const gauge = async () =>
    (await points())
      .filter(({ name }) => name === 'telltale.alert.firing')
      .map(({ attributes, value }) => [attributes, value]);
  const others = [
    [{ 'telltale.alert': 'p95_duration' }, 0],
    [{ 'telltale.alert': 'mean_cost' }, 0],
  ];

  await fail(openai, 3);
  expect(onAlert).not.toHaveBeenCalled();
  clock.advance(1_000);
  const message = 'Share of calls that failed is 100 %, above 5 %, over 3 calls in the last 300 s.';
  const fields = {
    alert: 'error_rate',
    state: 'firing',
    value: 1,
    threshold: 0.05,
    calls: 3,
    windowMs: 300_000,
  };
  const alert = { ...fields, atMs: clock.epochMs(), message };
  expect(onAlert.mock.calls).toEqual([[alert]]);
  expect(heard.mock.calls).toEqual([[alert]]);
  expect(log.warn.mock.calls).toEqual([[{ event: 'alert', ...fields }, message]]);
  expect(await gauge()).toEqual(expect.arrayContaining([...others, [{ 'telltale.alert': 'error_rate' }, 1]]));

  clock.advance(600_000);
  expect(onAlert).toHaveBeenCalledTimes(2);
  expect(heard).toHaveBeenCalledTimes(2);
  expect(log.info.mock.calls).toEqual([
    [
      {
        event: 'alert',
        alert: 'error_rate',
        state: 'resolved',
        threshold: 0.05,
        calls: 0,
        windowMs: 300_000,
        firedMs: expect.any(Number),
      },
      expect.stringContaining('too few calls left'),
    ],
  ]);
  expect(await gauge()).toEqual(expect.arrayContaining([...others, [{ 'telltale.alert': 'error_rate' }, 0]]));
  expect(
    records()
      .filter(({ eventName }) => eventName === 'telltale.alert')
      .map(({ severityText, body, attributes }) => [severityText, body, attributes]),
  ).toEqual([
    [
      'WARN',
      message,
      {
        'telltale.alert': 'error_rate',
        'telltale.alert.state': 'firing',
        'telltale.alert.value': 1,
        'telltale.alert.threshold': 0.05,
        'telltale.alert.calls': 3,
        'telltale.alert.window.ms': 300_000,
      },
    ],
    ['INFO', expect.any(String), expect.objectContaining({ 'telltale.alert.state': 'resolved' })],
  ]);
});

test('no call waits for a callback that hangs, and one that throws is reported once', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  const hanging = await newClient({
    alerts: { minCalls: 1, onAlert: (() => new Promise(() => {})) as () => void },
  });
  await fail(hanging.openai, 1);
  hanging.clock.advance(1_000);
  await fail(hanging.openai, 1);

  const { openai, clock } = await newClient({
    alerts: {
      minCalls: 1,
      onAlert: () => {
        throw new Error('mine');
      },
    },
  });
  await fail(openai, 1);
  clock.advance(600_000);
  await fail(openai, 1);
  expect(warn.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/^`alerts\.onAlert` failed and is ignored: Error at/),
  ]);
});

test('how full a limit is is an alert of its own', async () => {
  const heard = vi.fn<(alert: Alert) => void>();
  const { openai, clock } = await newClient({ alerts: {}, limits: [{ requests: 5, per: 'hour' }] });
  telltale(openai).on('alert', heard);
  await fail(openai, 4);
  clock.advance(1_000);
  expect(heard).not.toHaveBeenCalled();
  await fail(openai, 1);
  clock.advance(1_000);
  expect(heard.mock.calls).toEqual([
    [expect.objectContaining({ alert: 'limit_used', limit: 'requests/hour', value: 1 })],
  ]);
  clock.advance(2 * 3_600_000);
  expect(heard).toHaveBeenCalledTimes(2);
});

test('without the option nothing is watched, and no timer runs', async () => {
  const { openai, clock } = await newClient({});
  await fail(openai, 25);
  expect(telltale(openai).stats().outcomes.error).toBe(25);
  // The idle deadline of bodies looks at them every 30 s.
  expect(clock.nextDueMs() ?? 30_000).toBeGreaterThanOrEqual(30_000);
});
