import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatUsd, picoOfUsd, shareOfPico, usdOfPico } from '../../../src/account/budget/exact-usd.ts';

test('dollars are what their decimals say, also where a number cannot hold them', () => {
  expect(picoOfUsd(0.1)).toBe(100_000_000_000n);
  expect(picoOfUsd(200.1)).toBe(200_100_000_000_000n);
  expect(picoOfUsd(0.000001)).toBe(1_000_000n);
  expect(picoOfUsd(123_456_789.01)).toBe(123_456_789_010_000_000_000n);
  expect(picoOfUsd(1e9)).toBe(1_000_000_000_000_000_000_000n);
});

test('and come back as the number that they were', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e15 }), (microUsd) => {
      const usd = microUsd / 1e6;
      expect(usdOfPico(picoOfUsd(usd))).toBe(usd);
      expect(picoOfUsd(usd)).toBe(BigInt(microUsd) * 1_000_000n);
    }),
  );
});

test.each([
  [0n, '$0.00'],
  [1n, '$0.000000000001'],
  [1_200_000_000_000n, '$1.20'],
  [1_234_567_500_000_000_000n, '$1,234,567.50'],
  [-1_234_500_000_000_000n, '-$1,234.50'],
])('%s pico-dollars read %s', (pico, text) => {
  expect(formatUsd(pico)).toBe(text);
});

test('a share is never less than it says', () => {
  expect(shareOfPico(1_000_000n, 0.5)).toBe(500_000n);
  expect(shareOfPico(3n, 0.5)).toBe(2n);
  expect(shareOfPico(1_000_000_000_000n, 0.8)).toBe(800_000_000_000n);
});
