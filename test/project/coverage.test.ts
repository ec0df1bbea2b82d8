import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fullPage, page, readme, withSummary } from '../contract/coverage.ts';

test('the README and docs/coverage.md say what the contract covers; else run `npm run coverage`', () => {
  const text = readFileSync(readme, 'utf8');
  expect(withSummary(text)).toBe(text);
  expect(readFileSync(page, 'utf8')).toBe(fullPage());
});
