import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/account/alerts/alert.ts';
import { type CheckedAlerts, checkAlertOptions } from '../../../src/account/alerts/alert-options.ts';
import { AlertWatch } from '../../../src/account/alerts/alert-watch.ts';
import type { Call, Outcome } from '../../../src/call.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';

const windowMs = 60_000;
const partMs = windowMs / 30;

interface Step {
  /** How long nothing happens before it. */
  readonly afterMs: number;
  readonly calls: readonly Call[];
  /** How full the limit is from then on. */
  readonly utilisation: number;
}

const durations = [0, 1, 899.9, 900, 900.1, 950, 1_000, 1_000.1, 1_100, 5_000, 500_000];
const aCall = fc
  .record({
    durationMs: fc.oneof(fc.constantFrom(...durations), fc.integer({ min: 0, max: 3_000 })),
    outcome: fc.constantFrom<Outcome>(
      'ok',
      'ok',
      'ok',
      'error',
      'refused',
      'cancelled',
      'truncated',
      'empty',
    ),
    costUsd: fc.option(fc.constantFrom(0, 0.001, 0.009, 0.01, 0.02), { nil: undefined }),
  })
  .map(endedCall);
const aStep: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 2 * windowMs })),
  // Many of one kind are what moves a percentile to an edge.
  calls: fc.oneof(
    fc.array(aCall, { maxLength: 12 }),
    fc.tuple(aCall, fc.nat({ max: 60 })).map(([call, count]) => Array.from({ length: count }, () => call)),
  ),
  utilisation: fc.constantFrom(0, 0.72, 0.73, 0.8, 0.81, 1),
});

/** What was counted, and what it says now: no ring, no buckets, nothing that runs on. */
class Reference {
  readonly counted: { readonly call: Call; readonly atMs: number }[] = [];
  readonly firing = new Set<string>();
  readonly told: string[] = [];
  readonly options: CheckedAlerts;

  constructor(options: CheckedAlerts) {
    this.options = options;
  }

  inWindow(nowMs: number): Call[] {
    const oldest = Math.floor(nowMs / partMs) - 29;
    return this.counted.filter(({ atMs }) => Math.floor(atMs / partMs) >= oldest).map(({ call }) => call);
  }

  judge(nowMs: number, utilisation: number): void {
    const calls = this.inWindow(nowMs);
    const costs = calls.flatMap(({ costUsd }) => costUsd ?? []);
    const failed = calls.filter(({ outcome = 'ok' }) =>
      ['error', 'refused', 'truncated', 'empty'].includes(outcome),
    );
    const sorted = calls.map(({ endedMs = 0 }) => endedMs).toSorted((a, b) => a - b);
    const mean = costs.reduce((sum, cost) => sum + Math.round(cost * 1e6), 0) / costs.length / 1e6;
    this.#settle(
      'p95_duration',
      sorted[Math.ceil(0.95 * sorted.length) - 1],
      this.options.p95Ms,
      sorted.length,
    );
    this.#settle('error_rate', failed.length / calls.length, this.options.errorRate, calls.length);
    this.#settle('mean_cost', mean, this.options.meanCostUsd, costs.length);
    this.#settle('limit_used', utilisation, this.options.limitUsed, Number.POSITIVE_INFINITY);
  }

  #settle(alert: string, value = Number.NaN, threshold: number, calls: number): void {
    const { minCalls } = this.options;
    if (this.firing.has(alert)) {
      if (calls >= minCalls / 2 && value > threshold * 0.9) return;
      this.firing.delete(alert);
      this.told.push(`${alert} resolved`);
    } else if (calls >= minCalls && value > threshold) {
      this.firing.add(alert);
      this.told.push(`${alert} firing`);
    }
  }
}

describe('alerts', () => {
  it('begin and end as a plain list of the calls says, however they come', () => {
    fc.assert(
      fc.property(
        fc.array(aStep, { maxLength: 25 }),
        fc.record({ minCalls: fc.integer({ min: 1, max: 30 }), errorRate: fc.constantFrom(0.05, 0.3, 1) }),
        (steps, given) => {
          const options = checkAlertOptions('alerts', { windowMs, p95Ms: 1_000, ...given });
          const reference = new Reference(options);
          const clock = createFakeClock();
          const told: string[] = [];
          let utilisation = 0;
          const watch = new AlertWatch(options, {
            clock: {
              ...clock,
              schedule: (task, delayMs, kind) =>
                clock.schedule(
                  () => {
                    reference.judge(clock.nowMs(), utilisation);
                    task();
                    expect(told).toEqual(reference.told);
                  },
                  delayMs,
                  kind,
                ),
            },
            limiter: { stats: () => ({ limits: [{ limit: 'requests/minute', utilisation }] }) },
            tell: ({ alert, state }) => told.push(`${alert} ${state}`),
            report: (where) => expect.unreachable(where),
          });
          for (const step of steps) {
            clock.advance(step.afterMs);
            utilisation = step.utilisation;
            for (const call of step.calls) {
              reference.counted.push({ call, atMs: clock.nowMs() });
              watch.observer(call)?.ended?.(call);
            }
            expect(
              watch
                .states()
                .flatMap(({ alert, isFiring }) => (isFiring ? alert : []))
                .toSorted(),
            ).toEqual([...reference.firing].toSorted());
          }
          utilisation = 0;
          clock.advance(2 * windowMs);
          expect(reference.firing.size).toBe(0);
          expect(told).toEqual(reference.told);
          expect(clock.waiting()).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  }, 30_000);

  it('are told once when they begin and once when they end, by turns', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 25 }), (steps) => {
        const clock = createFakeClock();
        const last = new Map<string, Alert>();
        let utilisation = 0;
        const watch = new AlertWatch(checkAlertOptions('alerts', { windowMs, minCalls: 2 }), {
          clock,
          limiter: { stats: () => ({ limits: [{ limit: 'requests/minute', utilisation }] }) },
          tell: (alert) => {
            const before = last.get(alert.alert);
            expect(alert.state).toBe(before?.state === 'firing' ? 'resolved' : 'firing');
            if (alert.state === 'resolved') expect(alert.firedMs).toBe(alert.atMs - (before?.atMs ?? 0));
            if (alert.state === 'firing') expect(alert.value).toBeGreaterThan(alert.threshold);
            else if (alert.value !== undefined)
              expect(alert.value).toBeLessThanOrEqual(alert.threshold * 0.9);
            last.set(alert.alert, alert);
          },
          report: (where) => expect.unreachable(where),
        });
        for (const step of steps) {
          clock.advance(step.afterMs);
          utilisation = step.utilisation;
          for (const call of step.calls) watch.observer(call)?.ended?.(call);
        }
      }),
    );
  });
});
