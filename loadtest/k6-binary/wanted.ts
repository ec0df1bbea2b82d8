import { TelltaleError } from '../../src/errors.ts';
import type { ReleaseFiles, Wanted } from '../program/program.ts';
import { installAdvice } from './advice.ts';
import { probeK6, wantedVersion } from './k6.ts';

export const releaseBase = `https://github.com/grafana/k6/releases/download/v${wantedVersion}/`;

const systems: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'windows',
};
const processors: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export const wantedK6: Wanted = {
  title: 'k6',
  commandName: 'k6',
  variable: 'K6',
  image: `grafana/k6:${wantedVersion}`,
  probe: probeK6,
  filesFor,
  neededBy: 'The load test',
  advice: installAdvice,
  missing: (message) => new TelltaleError('k6_missing', message),
};

function filesFor(platform: NodeJS.Platform, arch: string): ReleaseFiles | undefined {
  const system = systems[platform];
  const processor = processors[arch];
  if (system === undefined || processor === undefined) return undefined;
  const stem = `k6-v${wantedVersion}-${system}-${processor}`;
  return {
    archive: stem + (platform === 'linux' ? '.tar.gz' : '.zip'),
    checksums: `k6-v${wantedVersion}-checksums.txt`,
    program: `${stem}/${platform === 'win32' ? 'k6.exe' : 'k6'}`,
  };
}
