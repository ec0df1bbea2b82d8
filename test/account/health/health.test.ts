import { describe, expect, it, vi } from 'vitest';
import { type HealthStatus, healthOf } from '../../../src/account/health/health.ts';
import { RecentCalls } from '../../../src/account/health/recent-calls.ts';
import type { Outcome } from '../../../src/call.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { endedCall } from '../calls.ts';

const part = (name: string, status: HealthStatus | 'unknown') => ({ name, check: () => ({ status }) });

describe('health', () => {
  it.each([
    [[], 'ok'],
    [['ok', 'ok'], 'ok'],
    [['ok', 'degraded', 'ok'], 'degraded'],
    [['degraded', 'down', 'ok'], 'down'],
    [['unknown'], 'ok'],
    [['unknown', 'degraded'], 'degraded'],
  ] as const)('of parts that are %j is %s', (statuses, status) => {
    const parts = statuses.map((one, at) => part(`part ${at}`, one));
    expect(healthOf(parts, vi.fn())).toEqual({
      status,
      checks: Object.fromEntries(statuses.map((one, at) => [`part ${at}`, { status: one }])),
    });
  });

  it('leaves out a part that is not there, and calls one that throws degraded', () => {
    const report = vi.fn();
    const broken = () => {
      throw new Error('mine');
    };
    expect(
      healthOf(
        [
          { name: 'a', check: () => undefined },
          { name: 'b', check: broken },
        ],
        report,
      ),
    ).toEqual({
      status: 'degraded',
      checks: { b: { status: 'degraded', reason: 'it cannot be checked' } },
    });
    expect(report).toHaveBeenCalledOnce();
  });
});

describe('recent calls', () => {
  function newCalls() {
    const clock = createFakeClock();
    const recent = new RecentCalls(clock);
    const end = (times: number, outcome: Outcome) => {
      for (let at = 0; at < times; at++) {
        const call = { ...endedCall({ outcome }), endedMs: clock.nowMs() };
        recent.observer(call)?.ended?.(call);
      }
    };
    return { clock, recent, end };
  }

  it('are ok where there are none', () => {
    const { recent } = newCalls();
    expect(recent.check()).toEqual({ status: 'ok', windowMs: 300_000, calls: 0, failed: 0 });
  });

  it.each([
    [{ error: 19 }, 'ok'],
    [{ error: 20 }, 'down'],
    [{ error: 10, refused: 10 }, 'down'],
    [{ error: 30, ok: 1 }, 'degraded'],
    [{ cancelled: 40 }, 'ok'],
    [{ cancelled: 18, truncated: 2 }, 'degraded'],
    [{ ok: 19, error: 1 }, 'ok'],
    [{ ok: 18, empty: 2 }, 'degraded'],
  ] as const)('of %j are %s, and ok again when the window is over', (outcomes, status) => {
    const { clock, recent, end } = newCalls();
    for (const [outcome, times] of Object.entries(outcomes)) end(times, outcome as Outcome);
    expect(recent.check()).toMatchObject({ status });
    clock.advance(300_000);
    expect(recent.check()).toMatchObject({ status: 'ok', calls: 0 });
  });

  it('say when one last went well and when one last went wrong, however long ago', () => {
    const { clock, recent, end } = newCalls();
    end(1, 'ok');
    clock.advance(1_000);
    end(1, 'error');
    end(1, 'cancelled');
    clock.advance(500_000);
    expect(recent.check()).toEqual({
      status: 'ok',
      windowMs: 300_000,
      calls: 0,
      failed: 0,
      sinceLastSuccessMs: 501_000,
      sinceLastFailureMs: 500_000,
    });
  });
});
