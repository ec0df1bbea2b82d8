import { sdkPackages } from '../../../node/load-sdk.ts';
import type { Check, DoctorContext } from '../context.ts';
import { type Finding, ok, problem, skipped } from '../finding.ts';
import { type Installed, installedFor } from '../installed.ts';
import { telltaleHere } from '../telltale-here.ts';
import { versionOf } from '../version-range.ts';

/** The packages of `telltale/node`: there, and made for each other. */
export const sdkCheck: Check = { name: 'OpenTelemetry SDK', run: sdkFindings };

function sdkFindings({ cwd, env }: DoctorContext): readonly Finding[] {
  // `start` looks for them from where Telltale is.
  const { folder } = telltaleHere(cwd).installed;
  const found = sdkPackages.map((name) => ({
    name,
    installed: installedFor(name, folder),
  }));
  const missing = found.filter(({ installed }) => !installed).map(({ name }) => name);
  if (missing.length === sdkPackages.length && !env['OTEL_EXPORTER_OTLP_ENDPOINT'])
    return [skipped('not installed, and needed only for start() of telltale/node and telltale/register')];
  if (missing.length > 0)
    return [
      problem(
        `start() of telltale/node cannot run: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not installed here.`,
        `Run: npm install ${missing.join(' ')}.`,
      ),
    ];
  const all = found.flatMap(({ installed }) => installed ?? []);
  const mixed = mixedIn(all);
  if (mixed !== undefined) {
    return [
      problem(
        `The packages of the OpenTelemetry SDK are of several generations: ${mixed}.`,
        `Install them together: npm install ${sdkPackages.map((name) => `${name}@latest`).join(' ')}.`,
      ),
    ];
  }
  const [node] = all;
  return [ok(`${all.length} packages, of sdk-node ${node?.version ?? ''}`)];
}

/**
 * Stable packages (1.x and above) of one generation have the same first number; those before 1.0 have the same second one,
 * and name the stable ones that they were made with.
 */
function mixedIn(all: readonly Installed[]): string | undefined {
  const generations = new Map<string, string>();
  for (const { name, version } of all) {
    const [major = 0, minor = 0] = versionOf(version) ?? [];
    const [kind, generation] = major === 0 ? ['experimental', `0.${minor}`] : ['stable', `${major}`];
    const other = generations.get(kind);
    if (other !== undefined && !other.startsWith(`${generation} `)) return `${other} and ${name} ${version}`;
    if (other === undefined) generations.set(kind, `${generation} (${name} ${version})`);
  }
  for (const { name, version, dependencies } of all) {
    for (const other of all) {
      const wanted = dependencies[other.name];
      const [major, minor] = versionOf((wanted ?? '').replace(/^[^\d]*/, '')) ?? [];
      const [has, hasMinor] = versionOf(other.version) ?? [];
      if (major === undefined || (major === has && (major > 0 || minor === hasMinor))) continue;
      return `${name} ${version} was made with ${other.name} ${wanted}, and ${other.version} is installed`;
    }
  }
  return undefined;
}
