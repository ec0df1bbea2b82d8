import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MadeCall } from '../../../loadtest/report/made-calls.ts';
import { recoveries, stepMs, windowMs } from '../../../loadtest/report/recovery.ts';
import { defaultServiceLevel } from '../../../loadtest/report/service-level.ts';
import { k6Call } from '../reconcile/example-books.ts';

/** A call every 10 ms; which are good is for a test to say. */
function callsOf(durationMs: number, isGood: (atMs: number) => boolean): MadeCall[] {
  return Array.from({ length: durationMs / 10 }, (_, index) => {
    const seen = { ...k6Call(`${index}`, isGood(index * 10) ? 'ok' : 'error'), startedMs: index * 10 };
    const none = {
      gateway: [],
      calls: [],
      attempts: [],
      backoffs: [],
      throttles: [],
      others: [],
      ledger: [],
    };
    return { seen, entries: { callId: seen.callId, k6: [seen], ...none } };
  });
}

const phase = (name: string, fromMs: number, toMs: number, isTroubled = false) => ({
  name,
  faults: '',
  fromMs,
  toMs,
  isTroubled,
});
const storm = [phase('calm', 0, 4_000), phase('storm', 4_000, 6_000, true), phase('after', 6_000, 16_000)];

function recovery(isGood: (atMs: number) => boolean, phases = storm, measuredMs = 16_000) {
  return recoveries({
    calls: callsOf(measuredMs, isGood),
    phases,
    level: defaultServiceLevel,
    measuredMs,
  });
}

describe('the recovery from a trouble', () => {
  it('is at once when the calls behind it are good', () => {
    const all = recovery((atMs) => atMs < 4_000 || atMs >= 6_000);
    expect(all).toEqual([{ phase: 'storm', endMs: 6_000, state: 'recovered', afterMs: 0 }]);
  });

  it('is when the calls are good again, to the step and to what may still fail in two seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 7_900 }), (illMs) => {
        const [found] = recovery((atMs) => atMs < 4_000 || atMs >= 6_000 + illMs);
        expect(found?.state).toBe('recovered');
        const { afterMs = -1 } = found ?? {};
        // A twentieth of two seconds may be bad.
        expect(afterMs).toBeGreaterThanOrEqual(illMs - windowMs / 20 - 10);
        expect(afterMs).toBeLessThanOrEqual(Math.max(0, illMs - windowMs / 20) + stepMs);
        expect(afterMs % stepMs).toBe(0);
      }),
    );
  });

  it('asks for no more than there was before', () => {
    const half = (atMs: number): boolean => atMs % 20 === 0;
    expect(recovery(half)[0]).toMatchObject({ state: 'recovered', afterMs: 0 });
  });

  it('may never come', () => {
    expect(recovery((atMs) => atMs < 6_000)).toEqual([
      { phase: 'storm', endMs: 6_000, state: 'not recovered' },
    ]);
  });

  it('is not seen where the next trouble follows, or the run ends first', () => {
    const two = [
      phase('calm', 0, 4_000),
      phase('storm', 4_000, 6_000, true),
      phase('brownout', 6_000, 8_000, true),
      phase('after', 8_000, 16_000),
    ];
    expect(recovery(() => true, two).map(({ phase: name, state }) => [name, state])).toEqual([
      ['storm', 'not observed'],
      ['brownout', 'recovered'],
    ]);
    expect(recovery(() => true, storm, 7_000)[0]?.state).toBe('not observed');
  });

  it('is not that nobody called', () => {
    const calls = callsOf(6_000, () => true);
    const [found] = recoveries({ calls, phases: storm, level: defaultServiceLevel, measuredMs: 16_000 });
    expect(found?.state).toBe('not recovered');
  });

  it('of a run without trouble is none', () => {
    expect(recovery(() => true, [phase('calm', 0, 16_000)])).toEqual([]);
  });
});
