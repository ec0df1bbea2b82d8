/** Writes what the contract covers into the README and docs/coverage.md: `npm run coverage`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { groups } from './cases/index.ts';
import type { World } from './worlds.ts';

const versions: readonly World['version'][] = ['6.0.0', '6.49.0', '7.57.0'];
const start = '<!-- coverage: written by `npm run coverage` -->';
const end = '<!-- /coverage -->';

export const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
export const page = fileURLToPath(new URL('../../docs/coverage.md', import.meta.url));

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

const counts = (cases: (typeof groups)[number]['cases']): number[] =>
  versions.map((version) => cases.filter((one) => one.versions?.includes(version) ?? true).length);

/** How many cases of each group run on each version. */
export function summary(): string {
  return [
    row('what is done, bare against observed', ...versions.map((version) => `openai ${version}`)),
    row('---', ...versions.map(() => '--:')),
    ...groups.map(({ title, cases }) => row(title, ...counts(cases))),
    row('**all**', ...counts(groups.flatMap(({ cases }) => cases))),
  ].join('\n');
}

/** The README with the summary between its marks. */
export function withSummary(text: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error('The README has lost its marks for the coverage table.');
  return `${text.slice(0, from + start.length)}\n${summary()}\n${text.slice(to)}`;
}

/** Every case by name. */
export function fullPage(): string {
  const sections = groups.map(({ title, cases }) => {
    const lines = cases.map(({ name, versions: only }) => {
      return `- ${name}${only ? ` (openai ${only.join(', ')})` : ''}`;
    });
    return `## ${title}\n\n${lines.join('\n')}\n`;
  });
  return `# What the contract covers

Each of these is done twice against the same scripted server, once with a bare and once with an observed client, with no
SDK registered and with one, on openai ${versions.join(', ')}. The requests (byte for byte), results, errors with their
fields, log lines, and what becomes of the sockets must be the same; and the spans must tell what happened. This page is
written by \`npm run coverage\` from \`test/contract/cases/\`, which a test checks.

${sections.join('\n')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(readme, withSummary(readFileSync(readme, 'utf8')));
  writeFileSync(page, fullPage());
}
