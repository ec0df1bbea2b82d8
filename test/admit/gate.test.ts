import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gate } from '../../src/admit/gate.ts';

test('a gate that was never closed is open, whatever the clock says', () => {
  const gate = new Gate();
  for (const nowMs of [-1e9, 0, 1e9]) {
    expect(gate.opensAtMs(nowMs)).toBe(nowMs);
    expect(gate.leave(nowMs)).toBe(Number.POSITIVE_INFINITY);
  }
});

test('whoever goes when it says so doubles with each step, and none waits for ever', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), byMs: fc.double({ min: 0, max: 3_000, noNaN: true }) }),
      fc.record({
        kind: fc.constant('close' as const),
        forMs: fc.double({ min: -100, max: 3_000, noNaN: true }),
      }),
      fc.record({ kind: fc.constant('go' as const), calls: fc.integer({ min: 1, max: 300 }) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), steps, (startMs, all) => {
      const gate = new Gate();
      let nowMs = startMs;
      let closedUntilMs = Number.NEGATIVE_INFINITY;
      let went = 0;
      for (const step of all) {
        if (step.kind === 'pass') nowMs += step.byMs;
        if (step.kind === 'close') {
          gate.close(nowMs + step.forMs, nowMs);
          if (nowMs + step.forMs > closedUntilMs) {
            closedUntilMs = nowMs + step.forMs;
            went = 0;
          }
        }
        if (step.kind !== 'go') continue;
        for (let call = 0; call < step.calls; call++) {
          const atMs = gate.opensAtMs(nowMs);
          // The two ways to ask agree, so nobody asks again and again in vain.
          expect(atMs <= nowMs).toBe(gate.leave(nowMs) > 0);
          if (atMs > nowMs) {
            expect(gate.leave(atMs)).toBeGreaterThan(0);
            expect(atMs).toBeLessThanOrEqual(closedUntilMs + 2_000);
            break;
          }
          gate.went(nowMs);
          went++;
        }
        const elapsedMs = nowMs - closedUntilMs;
        if (elapsedMs < 0) expect(went).toBe(0);
        else if (elapsedMs < 1_999) expect(went).toBeLessThanOrEqual(2 ** Math.floor(elapsedMs / 200 + 1e-6));
      }
    }),
    { numRuns: 2_000 },
  );
});
