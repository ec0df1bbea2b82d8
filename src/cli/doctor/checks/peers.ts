import { sdkPackages } from '../../../node/load-sdk.ts';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import { copiesBelow, type Installed, installedFor } from '../installed.ts';
import { projectFolder, type TelltaleHere, telltaleHere } from '../telltale-here.ts';
import { compareVersions, isInRange, versionOf } from '../version-range.ts';

/** Telltale itself, and the packages that it works with. */
export const peerChecks: readonly Check[] = [
  { name: 'telltale', run: ({ cwd }) => [findingOfTelltale(telltaleHere(cwd))] },
  { name: 'openai', run: (context) => peerFindings('openai', context, openaiCopies) },
  { name: '@opentelemetry/api', run: (context) => peerFindings('@opentelemetry/api', context, apiCopies) },
  { name: 'ioredis', run: ioredisFindings },
];

function findingOfTelltale({ installed, place }: TelltaleHere): Finding {
  if (place === 'project') return ok(installed.version);
  if (place === 'alone') return ok(`${installed.version}, without a project: its own packages are looked at`);
  return warning(
    `This project does not have telltale: ${installed.version}, which runs here, comes from elsewhere.`,
    'Run this in the folder of your project, or add it there: npm install telltale.',
  );
}

function peerFindings(
  name: string,
  { cwd }: DoctorContext,
  copies: (used: readonly Installed[], folder: string) => readonly Finding[],
): readonly Finding[] {
  const here = telltaleHere(cwd);
  const folder = projectFolder(cwd, here);
  const range = here.installed.peerDependencies[name] ?? '*';
  const own = installedFor(name, folder);
  if (!own)
    return [
      problem(
        `${name} is not installed in this project, and Telltale needs it.`,
        `Run: npm install ${name}.`,
      ),
    ];
  if (!isInRange(own.version, range)) return [outOfRange(own, range)];
  // What a telltale of elsewhere has says nothing of the project.
  const theirs = here.place === 'project' ? installedFor(name, here.installed.folder) : undefined;
  const found = copies(theirs ? [own, theirs] : [own], folder);
  return found.length > 0 ? found : [ok(`${own.version}, one copy`)];
}

function outOfRange({ name, version }: Installed, range: string): Finding {
  return problem(
    `${name} is ${version}, and Telltale needs ${range}.`,
    `Run: npm install "${name}@${range}".`,
  );
}

function openaiCopies(used: readonly Installed[]): readonly Finding[] {
  const [own, ...others] = distinct(used);
  if (!own || others.length === 0) return [];
  return [
    warning(
      `Telltale sees another copy of openai than the project (${placesOf([own, ...others])}), so \`telltale/openai\` and \`telltale/register\` observe clients that the project does not use.`,
      'Give the project one copy: the same version everywhere, then npm dedupe (npm ls openai shows who wants which).',
    ),
  ];
}

function apiCopies(used: readonly Installed[], cwd: string): readonly Finding[] {
  const sdks = sdkPackages.flatMap((name) => installedFor(name, cwd) ?? []);
  const theirs = sdks.flatMap(({ folder }) => installedFor('@opentelemetry/api', folder) ?? []);
  const [own, ...others] = distinct([...used, ...theirs]);
  if (!own) return [];
  const todo =
    'Give the project one copy: the same version everywhere, then npm dedupe (npm ls @opentelemetry/api shows who wants which).';
  if (others.length > 0) {
    const says = `The project, Telltale and the OpenTelemetry SDK see ${others.length + 1} copies of @opentelemetry/api (${placesOf([own, ...others])})`;
    return [
      canShare([own, ...others])
        ? warning(`${says}, which share what is registered only because their versions agree.`, todo)
        : problem(
            `${says}, so that one may not see what another has registered, and telemetry is missing without a word.`,
            todo,
          ),
    ];
  }
  const elsewhere = copiesBelow('@opentelemetry/api', cwd).filter(({ folder }) => folder !== own.folder);
  if (elsewhere.length === 0) return [];
  return [
    warning(
      `Some package has its own copy of @opentelemetry/api (${placesOf(elsewhere)}), and may not see what is registered with the project's ${own.version}.`,
      todo,
    ),
  ];
}

/** A copy refuses to register beside another version, and to see what an older one has registered. */
function canShare(copies: readonly Installed[]): boolean {
  const versions = copies.map(({ version }) => versionOf(version));
  const [first] = versions;
  return versions.every((version) => version && first && compareVersions(version, first) === 0);
}

function distinct(copies: readonly Installed[]): readonly Installed[] {
  return [...new Map(copies.map((copy) => [copy.folder, copy])).values()];
}

function placesOf(copies: readonly Installed[]): string {
  const shown = copies.slice(0, 4).map(({ version, folder }) => `${version} in ${folder}`);
  return copies.length > shown.length
    ? `${shown.join(', ')}, and ${copies.length - shown.length} more`
    : shown.join(', ');
}

function ioredisFindings({ cwd, redisUrl }: DoctorContext): readonly Finding[] {
  const here = telltaleHere(cwd);
  const own = installedFor('ioredis', projectFolder(cwd, here));
  if (!own) {
    return [
      redisUrl === undefined
        ? skipped('not installed, and needed only for limits, budgets and records in Redis')
        : problem('A Redis is named, and ioredis is not installed here.', 'Run: npm install ioredis.'),
    ];
  }
  const range = here.installed.peerDependencies['ioredis'] ?? '*';
  return [isInRange(own.version, range) ? ok(own.version) : outOfRange(own, range)];
}
