import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../files.ts';
import { rules } from './names.ts';

const folder = path.join(root, 'docs/runbooks');
const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');
const pages = globSync('*.md', { cwd: folder }).filter((file) => file !== 'README.md');
const alerts = rules.flatMap(({ alert, labels, annotations }) =>
  alert === undefined
    ? []
    : [{ alert, severity: labels?.severity, page: annotations?.runbook_url.split('/').at(-1) ?? '' }],
);

test.each(alerts)('$alert has a page, $page, which names it', ({ alert, severity, page }) => {
  expect(read(page)).toContain(`\`${alert}\``);
  expect(read('README.md')).toContain(`| \`${alert}\` | ${severity} | [${page}](${page}) |`);
});

test('every page is that of an alert', () => {
  expect(pages.toSorted()).toEqual([...new Set(alerts.map(({ page }) => page))].toSorted());
});

test('all are at one address, which a reader can change in one place', () => {
  const addresses = rules.flatMap(({ annotations }) => annotations?.runbook_url.replace(/[^/]+$/, '') ?? []);
  expect(new Set(addresses)).toEqual(new Set(['http://127.0.0.1:9090/consoles/']));
});

test.each(pages)('%s says what whoever is woken asks, in order', (page) => {
  expect(read(page).match(/^## .*$/gm)).toEqual([
    '## What it means',
    '## What users feel',
    '## Look at first',
    '## Likely causes, and what to do',
    '## When it is over',
    '## How to silence it',
  ]);
  expect(read(page)).toMatch(/amtool silence add alertname=Telltale/);
});

test.each([...pages, 'README.md'])(
  '%s has links to what exists, and nothing that Prometheus takes for a template',
  (page) => {
    const text = read(page);
    expect(text).not.toContain('{{');
    for (const [, target = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^https?:/.test(target)) continue;
      expect(existsSync(path.join(folder, target)), target).toBe(true);
    }
    for (const [, uid] of text.matchAll(/127\.0\.0\.1:3000\/d\/([\w-]+)/g))
      expect(existsSync(path.join(root, `otel-collector/grafana/dashboards/${uid}.json`)), uid).toBe(true);
  },
);
