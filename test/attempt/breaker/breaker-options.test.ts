import { expect, test } from 'vitest';
import { checkBreakerOptions } from '../../../src/attempt/breaker/breaker-options.ts';

test('has a default for everything', () => {
  expect(checkBreakerOptions('options.breaker', {})).toEqual({
    failureRate: 0.8,
    minCalls: 20,
    windowMs: 30_000,
    openMs: 1_000,
    maxOpenMs: 5_000,
  });
});

test('lets the longest time be no shorter than the first', () => {
  expect(checkBreakerOptions('options.breaker', { openMs: 60_000 })).toMatchObject({ maxOpenMs: 60_000 });
});

test.each([
  [true, 'Expected `options.breaker` to be an object, got `true` (boolean)'],
  [{ failurerate: 1 }, 'Unknown option `options.breaker.failurerate`. Did you mean `failureRate`?'],
  [
    { failureRate: 0 },
    'Expected `options.breaker.failureRate` to be a number over 0 and up to 1, got `0` (number)',
  ],
  [
    { failureRate: 50 },
    'Expected `options.breaker.failureRate` to be a number over 0 and up to 1, got `50` (number)',
  ],
  [
    { failureRate: Number.NaN },
    'Expected `options.breaker.failureRate` to be a number over 0 and up to 1, got `NaN` (number)',
  ],
  [{ minCalls: 0 }, 'Expected `options.breaker.minCalls` to be a positive integer, got `0` (number)'],
  [
    { windowMs: 30 },
    'Expected `options.breaker.windowMs` to be a number from 1000 to 3600000, got `30` (number)',
  ],
  [
    { openMs: '1s' },
    'Expected `options.breaker.openMs` to be a number from 100 to 3600000, got `"1s"` (string)',
  ],
  [
    { openMs: 10_000, maxOpenMs: 5_000 },
    'Expected `options.breaker.maxOpenMs` to be at least `openMs`, which is 10000, got `5000` (number)',
  ],
])('refuses %j', (given, message) => {
  expect(() => checkBreakerOptions('options.breaker', given)).toThrow(message);
});
