import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { attr, callEvent, metric } from '../../src/observe/semconv.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/migrating.md'), 'utf8');
/** The right half of its tables says what stands in the place of what was there. */
const here = page.split('\n').flatMap((line) => /^\| .* \| (.*) \|$/.exec(line)?.[1] ?? []);
const named = here.flatMap((cell) => [...cell.matchAll(/`((?:gen_ai|telltale|openai)\.[a-z_.]+)(\*?)`/g)]);

test('every name that the page on migrating leads to is one that Telltale has', () => {
  expect(named.length).toBeGreaterThan(20);
  const known: readonly string[] = [...Object.values(attr), ...Object.values(metric), callEvent];
  const missing = named.filter(
    ([, name = '', star]) => !known.some((one) => (star === '*' ? one.startsWith(name) : one === name)),
  );
  expect(missing.map(([all]) => all)).toEqual([]);
});
