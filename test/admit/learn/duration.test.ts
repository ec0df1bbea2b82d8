import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../src/admit/learn/duration.ts';
import { goDuration } from '../../../src/mock/headers.ts';

describe('a duration', () => {
  test.each([
    ['0s', 0],
    ['1s', 1_000],
    ['12ms', 12],
    ['8.64s', 8_640],
    ['3.114s', 3_114],
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['1h12m57.6s', 4_377_600],
    ['7m12s', 432_000],
    ['250µs', 0.25],
    ['500us', 0.5],
    ['59.70', 59_700],
    ['56', 56_000],
    [' 2s ', 2_000],
  ])('%j', (text, durationMs) => {
    expect(parseDuration(text)).toBe(durationMs);
  });

  test.each([
    '',
    ' ',
    's',
    '-1s',
    '+1s',
    '1e3s',
    '.5s',
    '5.s',
    '1s1s',
    '1s2m',
    '1m2m',
    '1ms1s',
    '1d',
    '1 s',
    '1,5s',
    '0x10s',
    '1h2m3.5',
    'soon',
    'NaN',
    'Infinity',
    '-3',
    '1.2.3s',
    `${'9'.repeat(30)}s`,
    '999999h',
    `${'1s'.repeat(30)}`,
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('reads whatever the mock writes, which is what OpenAI writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * 86_400_000 }), (durationMs) => {
        expect(parseDuration(goDuration(durationMs))).toBeCloseTo(durationMs, 6);
      }),
    );
  });

  test('gives a length from 0 to 31 days or nothing, whatever the text', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789.hmsunµ- e+') });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (text) => {
        const durationMs = parseDuration(text);
        if (durationMs === undefined) return;
        expect(durationMs).toBeGreaterThanOrEqual(0);
        expect(durationMs).toBeLessThanOrEqual(31 * 86_400_000);
        expect(text.trim()).toMatch(/^[\d.hmsnuµ]+$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
