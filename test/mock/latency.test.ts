import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLatency, timingOf } from '../../src/mock/latency.ts';
import { createFakeClock } from './fake-clock.ts';
import { mockForTest } from './support.ts';

const latency = {
  firstTokenMs: 40,
  betweenTokensMs: 4,
  sigma: 0.3,
  jsonMaxMs: 2_000,
  loadFactor: 1,
  loadCapacity: 100,
};
const firstTimes = Array.from(
  { length: 4_001 },
  (_, n) => timingOf(latency, { seed: 1, callId: `call-${n}`, tokens: 2 }).firstTokenMs,
);

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
      const timing = timingOf({ ...latency, jsonMaxMs }, { seed: 1, callId, tokens });
      const times = timing.tokensAtMs;
      expect(times).toHaveLength(tokens);
      expect(times[0]).toBe(timing.firstTokenMs);
      expect([...times].sort((a, b) => a - b)).toEqual(times);
      expect(timing.wholeMs).toBe(Math.min(times.at(-1) ?? 0, jsonMaxMs));
    }),
  );
});

test('the times are a function of seed and call id', () => {
  expect(timingOf(latency, { seed: 1, callId: 'a', tokens: 9 })).toEqual(
    timingOf(latency, { seed: 1, callId: 'a', tokens: 9 }),
  );
  expect(timingOf(latency, { seed: 2, callId: 'a', tokens: 9 })).not.toEqual(
    timingOf(latency, { seed: 1, callId: 'a', tokens: 9 }),
  );
  expect(timingOf(latency, { seed: 1, callId: 'b', tokens: 9 })).not.toEqual(
    timingOf(latency, { seed: 1, callId: 'a', tokens: 9 }),
  );
});

test('zero is at once and sigma 0 is the median', () => {
  const none = { ...latency, firstTokenMs: 0, betweenTokensMs: 0 };
  expect(timingOf(none, { seed: 1, callId: 'a', tokens: 3 })).toEqual({
    firstTokenMs: 0,
    tokensAtMs: [0, 0, 0],
    wholeMs: 0,
  });
  expect(timingOf({ ...latency, sigma: 0 }, { seed: 1, callId: 'a', tokens: 3 }).tokensAtMs).toEqual([
    40, 44, 48,
  ]);
});

test('an answer with nothing to see still takes its first token', () => {
  const timing = timingOf(latency, { seed: 1, callId: 'a', tokens: 0 });
  expect(timing.wholeMs).toBe(timing.firstTokenMs);
});

test('options have defaults and are checked by name', () => {
  expect(parseLatency('latency', undefined)).toEqual(latency);
  expect(parseLatency('latency', { firstTokenMs: 0 })).toEqual({ ...latency, firstTokenMs: 0 });
  expect(() => parseLatency('latency', { firstTokenMs: -1 })).toThrow('`latency.firstTokenMs`');
  expect(() => parseLatency('latency', { sigma: 3 })).toThrow('`latency.sigma` to be a number from 0 to 2');
  expect(() => parseLatency('latency', { loadFactor: 0.5 })).toThrow(
    '`latency.loadFactor` to be a number from 1',
  );
  expect(() => parseLatency('latency', { loadCapacity: 1 })).toThrow(
    '`latency.loadCapacity` to be an integer',
  );
  expect(() => parseLatency('latency', { firstToken: 1 })).toThrow('Did you mean `firstTokenMs`?');
});

test('the times between tokens are log-normal around their median too, and independent of the first', () => {
  const gaps: number[] = [];
  const firsts: number[] = [];
  for (let n = 0; n < 4_001; n++) {
    const { tokensAtMs, firstTokenMs } = timingOf(latency, { seed: 3, callId: `call-${n}`, tokens: 2 });
    gaps.push(Math.log(((tokensAtMs[1] ?? 0) - firstTokenMs) / 4) / 0.3);
    firsts.push(Math.log(firstTokenMs / 40) / 0.3);
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const below = (limit: number) => mean(gaps.map((gap) => (gap < limit ? 1 : 0)));
  // Of a standard normal distribution.
  expect(Math.abs(below(-1) - 0.1587)).toBeLessThan(0.02);
  expect(Math.abs(below(0) - 0.5)).toBeLessThan(0.03);
  expect(Math.abs(below(1) - 0.8413)).toBeLessThan(0.02);
  expect(Math.abs(mean(gaps.map((gap, n) => gap * (firsts[n] ?? 0))))).toBeLessThan(0.05);
});

test('under load all times grow evenly with the requests at work', () => {
  const loaded = { ...latency, loadFactor: 3, loadCapacity: 11 };
  const at = (atWork: number) => timingOf(loaded, { seed: 1, callId: 'a', tokens: 5, atWork }).tokensAtMs;
  const alone = timingOf(latency, { seed: 1, callId: 'a', tokens: 5 }).tokensAtMs;
  expect(at(1)).toEqual(alone);
  for (const [atWork, factor] of [
    [6, 2],
    [11, 3],
    [21, 5],
  ] as const) {
    for (const [token, ms] of at(atWork).entries()) expect(ms).toBeCloseTo((alone[token] ?? 0) * factor, 6);
  }
});

test('a script’s delay comes before all, and is not part of the cap', () => {
  const late = timingOf(
    { ...latency, sigma: 0, jsonMaxMs: 42 },
    { seed: 1, callId: 'a', tokens: 3, delayMs: 100 },
  );
  expect(late).toEqual({ firstTokenMs: 140, tokensAtMs: [140, 144, 148], wholeMs: 142 });
});

test('requests at work make those that come slower, until they end', async () => {
  const clock = createFakeClock();
  const slow = { firstTokenMs: 100, betweenTokensMs: 0, sigma: 0, loadFactor: 2, loadCapacity: 3 };
  const mock = await mockForTest({ clock, latency: slow });
  const ask = () =>
    fetch(`${mock.url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer any' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] }),
    }).then((answer) => answer.text());
  const asked = [];
  for (let n = 1; n <= 3; n++) {
    asked.push(ask());
    await expect.poll(() => clock.waiting()).toBe(n);
  }
  clock.advance(200);
  await Promise.all(asked);
  await mock.settled();
  const tookMs = () => mock.ledger().map(({ headersAtMs = 0, arrivedAtMs }) => headersAtMs - arrivedAtMs);
  expect(tookMs()).toEqual([100, 150, 200]);
  const later = ask();
  await expect.poll(() => clock.waiting()).toBe(1);
  clock.advance(100);
  await later;
  expect(tookMs().at(-1)).toBe(100);
});
