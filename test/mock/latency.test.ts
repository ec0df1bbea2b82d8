import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLatency, timingOf } from '../../src/mock/latency.ts';

const latency = { firstTokenMs: 40, betweenTokensMs: 4, sigma: 0.3, jsonMaxMs: 2_000 };
const firstTimes = Array.from({ length: 4_001 }, (_, n) => timingOf(latency, 1, `call-${n}`, 2).firstTokenMs);

test('the first token comes at the median in the middle, spread as sigma says', () => {
  const sorted = [...firstTimes].sort((a, b) => a - b);
  const logs = firstTimes.map((ms) => Math.log(ms / 40));
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
  expect(sorted[2_000]).toBeGreaterThan(38.5);
  expect(sorted[2_000]).toBeLessThan(41.5);
  expect(Math.abs(deviation - 0.3)).toBeLessThan(0.02);
});

test('tokens come in order, the whole with the last of them but no later than its cap', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 400 }), fc.nat(500), (callId, tokens, jsonMaxMs) => {
      const timing = timingOf({ ...latency, jsonMaxMs }, 1, callId, tokens);
      const times = timing.tokensAtMs;
      expect(times).toHaveLength(tokens);
      expect(times[0]).toBe(timing.firstTokenMs);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      expect(timing.wholeMs).toBe(Math.min(times.at(-1) ?? 0, jsonMaxMs));
    }),
  );
});

test('the times are a function of seed and call id', () => {
  expect(timingOf(latency, 1, 'a', 9)).toEqual(timingOf(latency, 1, 'a', 9));
  expect(timingOf(latency, 2, 'a', 9)).not.toEqual(timingOf(latency, 1, 'a', 9));
  expect(timingOf(latency, 1, 'b', 9)).not.toEqual(timingOf(latency, 1, 'a', 9));
});

test('zero is at once and sigma 0 is the median', () => {
  const none = { ...latency, firstTokenMs: 0, betweenTokensMs: 0 };
  expect(timingOf(none, 1, 'a', 3)).toEqual({ firstTokenMs: 0, tokensAtMs: [0, 0, 0], wholeMs: 0 });
  expect(timingOf({ ...latency, sigma: 0 }, 1, 'a', 3).tokensAtMs).toEqual([40, 44, 48]);
});

test('an answer with nothing to see still takes its first token', () => {
  const timing = timingOf(latency, 1, 'a', 0);
  expect(timing.wholeMs).toBe(timing.firstTokenMs);
});

test('options have defaults and are checked by name', () => {
  expect(parseLatency('latency', undefined)).toEqual(latency);
  expect(parseLatency('latency', { firstTokenMs: 0 })).toEqual({ ...latency, firstTokenMs: 0 });
  expect(() => parseLatency('latency', { firstTokenMs: -1 })).toThrow('`latency.firstTokenMs`');
  expect(() => parseLatency('latency', { sigma: 3 })).toThrow('`latency.sigma` to be a number from 0 to 2');
  expect(() => parseLatency('latency', { firstToken: 1 })).toThrow('Did you mean `firstTokenMs`?');
});
