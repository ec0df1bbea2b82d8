import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countText, jsonText, percentText, usdText } from '../../../src/cli/shared/figures-text.ts';

describe('usdText', () => {
  it.each([
    [undefined, 'unknown'],
    [0, '$0'],
    [0.000_000_000_001, '$0.000000000001'],
    [0.000_131_4, '$0.000131'],
    [0.05, '$0.05'],
    [0.5, '$0.50'],
    [0.123_456, '$0.123'],
    [0.999_9, '$1.00'],
    [1.005, '$1.01'],
    [1_234.5, '$1,234.50'],
    [-0.25, '-$0.25'],
    [-12, '-$12.00'],
  ])('%s is %s', (usd, text) => {
    expect(usdText(usd)).toBe(text);
  });

  it('is right to a half percent, or a cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e15 }), (pico) => {
        const usd = pico / 1e12;
        const shown = Number(usdText(usd).replace(/[$,]/g, ''));
        expect(Math.abs(shown - usd)).toBeLessThanOrEqual(
          Math.max(usd * 0.00501, usd >= 1 ? 0.00501 : 5e-13),
        );
      }),
    );
  });
});

it('writes counts, parts, and what is not known', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(percentText(0.1234)).toBe('12.3 %');
  expect(jsonText({ usd: undefined, list: [1] })).toBe('{"usd":null,"list":[1]}');
});
