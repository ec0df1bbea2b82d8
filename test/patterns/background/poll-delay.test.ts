import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestBackoffMs, pollDelayMs } from '../../../src/patterns/background/poll-delay.ts';
import { memoryRecords } from '../../../src/patterns/index.ts';
import { createFakeClock } from '../../mock/fake-clock.ts';
import { jobsOf, mockForTest, request } from './support.ts';

const delaysMs = fc.array(fc.integer({ min: 1, max: 120_000 }), { minLength: 1, maxLength: 6 });
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const histories = fc.record({
  polls: fc.nat(50),
  failures: fc.nat(50),
  retryAfterMs: fc.option(fc.integer({ min: 0, max: 10_000_000 }), { nil: undefined }),
});

/** What docs/patterns/background.md says, in other words. */
function reference(delays: readonly number[], { polls, failures }: { polls: number; failures: number }) {
  const planned = delays[polls] ?? delays.at(-1) ?? 0;
  let backoffMs = failures === 0 ? 0 : 1_000;
  for (let more = 1; more < failures && backoffMs < longestBackoffMs; more++) backoffMs *= 2;
  return Math.max(planned, Math.min(backoffMs, longestBackoffMs));
}

test('waits as planned, longer after failures, and never shorter than the provider asks', () => {
  fc.assert(
    fc.property(delaysMs, unit, histories, unit, (delays, jitter, history, draw) => {
      const delayMs = pollDelayMs({ delaysMs: delays, jitter }, history, draw);
      const middleMs = reference(delays, history);
      const wishMs = Math.min(history.retryAfterMs ?? 0, 600_000);
      expect(delayMs).toBeGreaterThanOrEqual(wishMs);
      if (delayMs > wishMs) {
        expect(delayMs).toBeGreaterThanOrEqual(middleMs * (1 - jitter) - 1e-6);
        expect(delayMs).toBeLessThanOrEqual(middleMs * (1 + jitter) + 1e-6);
      }
      expect(
        pollDelayMs({ delaysMs: delays, jitter: 0 }, { ...history, retryAfterMs: undefined }, draw),
      ).toBe(middleMs);
    }),
  );
});

test('polls after 2, 5, and then each 10 seconds by the clock', async () => {
  const mock = await mockForTest({ background: { queuedMs: 3_600_000, runsMs: 0, sigma: 0 } });
  const fake = createFakeClock();
  const clock = { ...fake, random: () => 0.5 };
  const jobs = jobsOf(mock, { clock, store: memoryRecords({ clock }), delaysMs: [2_000, 5_000, 10_000] });
  await jobs.start(request);
  const waits: number[] = [];
  for (let polls = 1; polls <= 4; polls++) {
    await expect.poll(() => fake.waiting()).toBe(1);
    const delayMs = (fake.nextDueMs() ?? 0) - fake.nowMs();
    waits.push(delayMs);
    fake.advance(delayMs);
    await expect
      .poll(() => mock.ledger().filter(({ method, status }) => method === 'GET' && status === 200).length)
      .toBe(polls);
  }
  expect(waits).toEqual([2_000, 5_000, 10_000, 10_000]);
});
