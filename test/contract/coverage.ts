/** Writes what the contract covers into the README and docs/coverage.md: `npm run coverage`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { groups } from './cases/index.ts';
import type { ContractCase } from './contract-case.ts';
import { methodCases } from './methods/method-cases.ts';
import { elsewhere, notCalled } from './methods/table.ts';
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

const only = ({ versions: some }: ContractCase): string => (some ? ` (openai ${some.join(', ')})` : '');

/** Every resource with its methods: those that not every version has, by the versions that have them. */
function methodLines(): string[] {
  const resources = new Map<string, Map<string, string[]>>();
  for (const one of methodCases) {
    const [, resource = '', method = ''] = /^(.*)\.(.*)$/.exec(one.name) ?? [];
    const byVersions = resources.get(resource) ?? new Map<string, string[]>();
    byVersions.set(only(one), [...(byVersions.get(only(one)) ?? []), `\`${method}\``]);
    resources.set(resource, byVersions);
  }
  return [...resources].map(([resource, byVersions]) => {
    const methods = [...byVersions].map(([versionsNote, names]) => `${names.join(', ')}${versionsNote}`);
    return `- \`${resource}\`: ${methods.join('; ')}`;
  });
}

function methodSection(): string {
  const named = Object.entries(elsewhere).map(([name, by]) => `- \`${name}\`: see “${by}”`);
  const left = Object.entries(notCalled).map(([name, reason]) => `- \`${name}\`: ${reason}`);
  return `Found on the clients themselves, and each called with plausible arguments. A method that is in none of these lists
fails a test.

${methodLines().join('\n')}

Not in this list:

${[...named, ...left].join('\n')}`;
}

/** Every case by name. */
export function fullPage(): string {
  const sections = groups.map(({ title, cases }) => {
    const lines =
      cases === methodCases ? methodSection() : cases.map((one) => `- ${one.name}${only(one)}`).join('\n');
    return `## ${title}\n\n${lines}\n`;
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
