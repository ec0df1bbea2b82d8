import type { Context } from '../../loadtest/program/context.ts';
import { type FindOptions, findOrGet, image, inTools, onPath, release } from '../../loadtest/program/find.ts';
import {
  fileNameOf,
  type NoProgram,
  type Program,
  type ReleaseFiles,
  type Wanted,
} from '../../loadtest/program/program.ts';
import type { Run } from '../../loadtest/program/run.ts';
import { RunFailure } from '../../loadtest/run-failure.ts';

/** The Jaeger that is fetched where none is found. */
export const wantedVersion = '2.20.0';

/** Version 1 had other programs and another configuration. */
const oldestMajor = 2;

const releaseBase = `https://github.com/jaegertracing/jaeger/releases/download/v${wantedVersion}/`;

/** The systems that the release has archives for, by Node's names. */
const systems: Readonly<Record<string, string>> = {
  'linux x64': 'linux-amd64',
  'linux arm64': 'linux-arm64',
  'linux s390x': 'linux-s390x',
  'linux ppc64': 'linux-ppc64le',
  'darwin x64': 'darwin-amd64',
  'darwin arm64': 'darwin-arm64',
  'win32 x64': 'windows-amd64',
};

export const wantedJaeger: Wanted = {
  title: 'Jaeger',
  commandName: 'jaeger',
  variable: 'JAEGER',
  image: `jaegertracing/jaeger:${wantedVersion}`,
  probe: probeJaeger,
  filesFor,
  neededBy: 'This command',
  advice,
  missing: (message) => new RunFailure(message),
};

/**
 * Finds a Jaeger or gets one, and says which. The variable `JAEGER` is an order: where it is set, nothing else is tried.
 *
 * @throws RunFailure that says why there is none, and what to do
 */
export function findOrGetJaeger(options: FindOptions): Promise<Program> {
  return findOrGet(wantedJaeger, [onPath, inTools, release, image], {
    downloadBase: releaseBase,
    ...options,
  });
}

function filesFor(platform: NodeJS.Platform, arch: string): ReleaseFiles | undefined {
  const key = `${platform} ${arch}`;
  const system = Object.hasOwn(systems, key) ? systems[key] : undefined;
  if (system === undefined) return undefined;
  const stem = `jaeger-${wantedVersion}-${system}`;
  return {
    // Windows has both, and its own `tar` reads this one.
    archive: `${stem}.tar.gz`,
    checksums: `jaeger-${wantedVersion}.sha256sum.txt`,
    program: `${stem}/${fileNameOf(wantedJaeger, platform)}`,
  };
}

async function probeJaeger(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  run: Run,
): Promise<{ version: string } | NoProgram> {
  const [file = '', ...args] = command;
  const ran = await run(file, [...args, 'version'], { env, timeoutMs: 60_000 });
  if (ran.missing) return { because: 'there is none' };
  if (ran.problem !== undefined) return { because: `it does not run: ${ran.problem}` };
  const [, version] = /"gitVersion":"([^"]*)"/.exec(ran.stdout) ?? [];
  if (version === undefined) return { because: 'it does not say that it is Jaeger' };
  // One that somebody built without the release's flags does not know it. Only version 2 is called `jaeger`.
  if (version === '' || version === 'dev') return { version: 'of an unknown version' };
  const [, major] = /^v?(\d+)\./.exec(version) ?? [];
  if (major === undefined || Number(major) < oldestMajor) {
    return { because: `it is version ${version.replace(/^v/, '')}, and ${oldestMajor}.0 or newer is needed` };
  }
  return { version: version.replace(/^v/, '') };
}

async function advice({ platform, arch, toolsDirectory }: Context): Promise<string> {
  const files = filesFor(platform, arch);
  const program = fileNameOf(wantedJaeger, platform);
  return [
    'Get a Jaeger, then run this command again. Either',
    ...(files === undefined
      ? []
      : [
          `    fetch ${releaseBase}${files.archive}, and put ${program} of it`,
          `    into ${toolsDirectory}, or name it in the environment variable JAEGER`,
          '  or',
        ]),
    `    start Docker, which gets ${wantedJaeger.image}`,
    'Behind a proxy, set HTTPS_PROXY.',
  ].join('\n');
}
