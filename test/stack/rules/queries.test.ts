import { expect, test } from 'vitest';
import { filled, loosened } from '../../../scripts/dashboards/queries.ts';

test('variables are filled in, and what is none is left', () => {
  const values = new Map([
    ['job', 'shop'],
    ['__rate_interval', '1m'],
  ]);
  expect(filled('rate(a{job=~"$job"}[$__rate_interval]) $tag', values)).toBe('rate(a{job=~"shop"}[1m]) $tag');
});

test.each([
  ['a > 0.05 and b >= 20', 'a and b'],
  ['a >= 0.5 < 0.8', 'a'],
  ['a > 3 * quantile_over_time(0.5, b[1h] offset 1d)', 'a + 3 * quantile_over_time(0.5, b[1h])'],
  ['min_over_time(a[1h] offset 1d) > 30 unless b > 0', 'min_over_time(a[1h]) and b'],
  ['up{job=~"a|b"} == 0', 'up{job=~"a|b"}'],
  ['a{x="1"} / b', 'a{x="1"} / b'],
])('%s is asked without its threshold, and of today', (expr, eased) => {
  expect(loosened(expr)).toBe(eased);
});
