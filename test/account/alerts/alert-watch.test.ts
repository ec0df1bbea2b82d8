import { AsyncResource } from 'node:async_hooks';
import { describe, expect, it, vi } from 'vitest';
import type { Alert } from '../../../src/account/alerts/alert.ts';
import { type AlertOptions, checkAlertOptions } from '../../../src/account/alerts/alert-options.ts';
import { AlertWatch } from '../../../src/account/alerts/alert-watch.ts';
import { CallWindow } from '../../../src/account/alerts/call-window.ts';
import { callWith, currentCallContext } from '../../../src/call-with.ts';
import type { Clock } from '../../../src/clock.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { type CallSample, endedCall } from '../calls.ts';

function newWatch(given: AlertOptions = {}) {
  const fake = createFakeClock();
  const kinds = new Set<string>();
  const clock: Clock = {
    ...fake,
    schedule: (task, delayMs, kind) => {
      kinds.add(kind);
      return fake.schedule(task, delayMs, kind);
    },
  };
  const told: Alert[] = [];
  const report = vi.fn();
  const limits = [{ limit: 'tokens/minute', utilisation: 0 }];
  const watch = new AlertWatch(checkAlertOptions('alerts', given), {
    clock,
    limiter: { stats: () => ({ limits }) },
    tell: (alert) => told.push(alert),
    report,
  });
  const calls = (count: number, sample: CallSample) => {
    const call = endedCall(sample);
    for (let at = 0; at < count; at++) watch.observer(call)?.ended?.(call);
  };
  return { watch, fake, kinds, told, report, limits, calls };
}

const messages = (told: readonly Alert[]) => told.map(({ message }) => message);

describe('an alert', () => {
  it('says in a sentence what is wrong, and when it is over, by the defaults', () => {
    const { calls, fake, told } = newWatch();
    calls(18, {});
    calls(2, { durationMs: 4_200, outcome: 'error', costUsd: 0.25 });
    fake.advance(1_000);
    expect(messages(told)).toEqual([
      expect.stringMatching(
        /^p95 of the duration of calls is 4\.\d+ s, above 3 s, over 20 calls in the last 300 s\.$/,
      ),
      'Share of calls that failed is 10 %, above 5 %, over 20 calls in the last 300 s.',
    ]);
    calls(80, { costUsd: 0.02 });
    fake.advance(1_000);
    expect(messages(told.slice(2))).toEqual([
      expect.stringMatching(
        /^p95 of the duration of calls is 0\.0\d+ s again, and the threshold is 3 s, over 100 calls/,
      ),
      'Share of calls that failed is 2 % again, and the threshold is 5 %, over 100 calls in the last 300 s.',
      'Mean cost of a call is 0.0256 USD, above 0.01 USD, over 82 calls in the last 300 s.',
    ]);
    fake.advance(300_000);
    expect(messages(told.slice(5))).toEqual([
      'Mean cost of a call was above 0.01 USD, and there are too few calls left to judge by, over 0 calls in the last 300 s.',
    ]);
  });

  it('of a limit names it, and needs no calls to end', () => {
    const { calls, fake, told, limits } = newWatch();
    limits[0] = { limit: 'tokens/minute', utilisation: 0.9 };
    calls(1, {});
    fake.advance(1_000);
    expect(told).toEqual([
      {
        alert: 'limit_used',
        state: 'firing',
        limit: 'tokens/minute',
        value: 0.9,
        threshold: 0.8,
        atMs: fake.epochMs(),
        message: 'Use of `tokens/minute` is 90 %, above 80 %.',
      },
    ]);
    fake.advance(900_000);
    expect(fake.waiting()).toBe(1);
    limits[0] = { limit: 'tokens/minute', utilisation: 0.1 };
    fake.advance(1_000);
    expect(told[1]).toMatchObject({ state: 'resolved', firedMs: 901_000 });
    expect(fake.waiting()).toBe(0);
  });

  it('ends where its limit is not known any more', () => {
    const { calls, fake, told, limits } = newWatch();
    limits[0] = { limit: 'tokens/minute', utilisation: 1 };
    calls(1, {});
    fake.advance(1_000);
    limits.pop();
    fake.advance(1_000);
    expect(messages(told.slice(1))).toEqual([
      'Use of `tokens/minute` is not known any more; the threshold is 80 %.',
    ]);
  });

  it('judges a limit while the first call has not ended', () => {
    const { watch, fake, told, limits } = newWatch();
    limits[0] = { limit: 'tokens/minute', utilisation: 1 };
    watch.observer(endedCall());
    fake.advance(1_000);
    expect(told).toHaveLength(1);
  });

  it('keeps no process alive, and has no timer without a call', () => {
    const { calls, fake, kinds } = newWatch();
    expect(fake.waiting()).toBe(0);
    calls(1, {});
    fake.advance(5_000);
    expect([...kinds]).toEqual(['housekeeping']);
  });

  it('is not judged any more once it is closed', () => {
    const { calls, fake, told, watch } = newWatch();
    calls(20, { outcome: 'error' });
    fake.advance(1_000);
    expect(told).toHaveLength(1);
    watch.close();
    calls(20, { durationMs: 5_000 });
    expect(fake.waiting()).toBe(0);
    expect(told).toHaveLength(1);
    expect(watch.states()).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('mine');
      },
    ],
    ['rejects', () => Promise.reject(new Error('mine'))],
    [
      'gives a thenable that rejects',
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
      () => ({ then: (_: unknown, no: (e: unknown) => void) => no(new Error('mine')) }),
    ],
  ])('is told of all the same where onAlert %s', async (_, onAlert) => {
    const { calls, fake, told, report } = newWatch({ onAlert });
    calls(20, { outcome: 'error' });
    fake.advance(1_000);
    await new Promise(setImmediate);
    expect(told.map(({ state }) => state)).toEqual(['firing']);
    expect(report).toHaveBeenCalledExactlyOnceWith(
      '`alerts.onAlert`',
      expect.objectContaining({ message: 'mine' }),
    );
  });

  it('is told of outside of the call that happened to set the timer', () => {
    const clock = createFakeClock();
    // As timers do.
    const schedule: Clock['schedule'] = (task, delayMs) =>
      clock.schedule(AsyncResource.bind(task), delayMs, 'work');
    const contexts: unknown[] = [];
    const watch = new AlertWatch(checkAlertOptions('alerts', { minCalls: 1 }), {
      clock: { ...clock, schedule },
      limiter: undefined,
      tell: () => contexts.push(currentCallContext()),
      report: vi.fn(),
    });
    const call = endedCall({ outcome: 'error' });
    callWith({ user: 'u-42' }, () => watch.observer(call)?.ended?.(call));
    clock.advance(1_000);
    expect(contexts).toEqual([{}]);
  });

  it('outlives limits that cannot be looked at', () => {
    const { calls, fake, told, report, limits } = newWatch();
    Object.defineProperty(limits, Symbol.iterator, {
      value: () => {
        throw new Error('theirs');
      },
    });
    calls(20, { outcome: 'error' });
    fake.advance(1_000);
    expect(told).toHaveLength(1);
    expect(report).toHaveBeenCalledOnce();
  });
});

describe('the window', () => {
  it('has percentiles that are right to 3 % from a hundredth of the threshold to a hundred times', () => {
    for (const durationMs of [31, 100, 250, 999, 2_999, 3_001, 12_345, 290_000]) {
      const window = new CallWindow(60_000, 3_000);
      window.add(endedCall({ durationMs }), 0);
      const { p95Ms = 0 } = window.figures(0);
      expect(p95Ms).toBeGreaterThanOrEqual(durationMs);
      expect(p95Ms).toBeLessThan(durationMs * 1.03);
    }
  });

  it('takes what a batch cost for no measure of what a call costs', () => {
    const window = new CallWindow(60_000, 3_000);
    window.add(endedCall({ costUsd: 0.002 }), 0);
    window.add({ ...endedCall({ costUsd: 50 }), job: { part: 'books', isBatch: true } }, 0);
    expect(window.figures(0)).toMatchObject({ calls: 2, priced: 1, meanCostUsd: 0.002 });
  });

  it('is empty again when it is over, though nothing came', () => {
    const window = new CallWindow(60_000, 3_000);
    window.add(endedCall({ costUsd: 0.000_000_1 }), 59_999);
    expect(window.figures(59_999 + 58_000)).toMatchObject({ calls: 1, priced: 1, meanCostUsd: 0.000_000_1 });
    expect(window.figures(59_999 + 60_000)).toEqual({
      calls: 0,
      p95Ms: undefined,
      errorRate: undefined,
      priced: 0,
      meanCostUsd: undefined,
    });
  });
});

describe('options of alerts', () => {
  it('have the defaults that are documented', () => {
    expect(checkAlertOptions('alerts', {})).toEqual({
      p95Ms: 3_000,
      errorRate: 0.05,
      meanCostUsd: 0.01,
      limitUsed: 0.8,
      windowMs: 300_000,
      minCalls: 20,
    });
  });

  it.each([
    [{ p95: 3 }, 'Unknown option `alerts.p95`. Did you mean `p95Ms`?'],
    [{ errorRate: 5 }, '`alerts.errorRate` to be a number from 0.0001 to 1, got `5`'],
    [{ limitUsed: 0 }, /`alerts\.limitUsed`/],
    [{ windowMs: 300 }, /`alerts\.windowMs` to be a number from 10000 to 86400000/],
    [{ minCalls: 0.5 }, '`alerts.minCalls` to be a positive integer'],
    [{ onAlert: 'page me' }, '`alerts.onAlert` to be a function'],
    [true, '`alerts` to be an object'],
  ])('%o is refused', (given, message) => {
    expect(() => checkAlertOptions('alerts', given)).toThrow(message);
  });
});
