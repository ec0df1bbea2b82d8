import { expect, test } from 'vitest';
import { isInRange } from '../../../src/cli/doctor/version-range.ts';

test.each([
  ['1.9.0', '^1.9.0', true],
  ['1.10.2', '^1.9.0', true],
  ['1.8.9', '^1.9.0', false],
  ['2.0.0', '^1.9.0', false],
  ['0.301.4', '^0.301.0', true],
  ['0.302.0', '^0.301.0', false],
  ['6.0.0', '>=5 <7', true],
  ['7.0.0', '>=5 <7', false],
  ['4.9.9', '>=5 <7', false],
  ['5.10.1', '5.10.1', true],
  ['5.10.2', '5.10.1', false],
  ['3.1.0', '^2.0.0 || ^3.0.0', true],
  ['4.0.0-beta.1', '>=5', false],
  ['9.9.9', '*', true],
  ['1.0.0', '<=1.0.0', true],
  ['1.0.0', '>1.0.0', false],
  ['nonsense', '*', false],
])('%s in %s: %s', (version, range, expected) => {
  expect(isInRange(version, range)).toBe(expected);
});
