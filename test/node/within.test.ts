import { expect, test } from 'vitest';
import { settledWithin } from '../../src/node/within.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

test('a wait ends with its work, also when that fails, and leaves no timer', async () => {
  const clock = createFakeClock();
  await settledWithin(Promise.resolve(), 1_000, clock);
  await settledWithin(Promise.reject(new Error('failed')), 1_000, clock);
  expect(clock.waiting()).toBe(0);
});

test('a wait ends after its time when its work does not', async () => {
  const clock = createFakeClock();
  let ended = false;
  const wait = settledWithin(new Promise(() => {}), 1_000, clock).then(() => {
    ended = true;
  });
  clock.advance(999);
  await new Promise(setImmediate);
  expect(ended).toBe(false);
  clock.advance(1);
  await wait;
});
