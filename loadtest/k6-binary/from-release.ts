import { chmodSync, existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Context } from './context.ts';
import { fetchFile, fetchText } from './fetch.ts';
import { type K6OrNot, k6FileName, nativeK6, probeK6, wantedVersion } from './k6.ts';
import { startProgress } from './progress.ts';
import { withScratch } from './scratch.ts';
import { unpack } from './unpack.ts';

export const releaseBase = `https://github.com/grafana/k6/releases/download/v${wantedVersion}/`;

const systems: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'windows',
};
const processors: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The release's archive for a system without its ending; undefined where there is none. */
function archiveStem(platform: NodeJS.Platform, arch: string): string | undefined {
  const system = systems[platform];
  const processor = processors[arch];
  return system && processor && `k6-v${wantedVersion}-${system}-${processor}`;
}

/** Fetches the official archive, and keeps its program only when the release's own checksum agrees. */
export async function k6FromRelease(context: Context): Promise<K6OrNot> {
  const { platform, arch, toolsDirectory, say, downloadBase } = context;
  const stem = archiveStem(platform, arch);
  if (stem === undefined) return { because: `there is no release for ${platform} on ${arch}` };
  const archive = stem + (platform === 'linux' ? '.tar.gz' : '.zip');
  say(`Fetching ${archive} from ${downloadBase} …`);
  try {
    return await withScratch(toolsDirectory, (scratch) => fetchInto(scratch, stem, archive, context));
  } catch (error) {
    return { because: error instanceof Error ? error.message : String(error) };
  }
}

async function fetchInto(scratch: string, stem: string, archive: string, context: Context): Promise<K6OrNot> {
  const { env, platform, toolsDirectory, run, downloadBase } = context;
  const expected = await expectedDigest(archive, context);
  if (expected === undefined) return { because: `the release's checksums do not name ${archive}` };
  const file = path.join(scratch, archive);
  const got = await fetchWithProgress(new URL(archive, downloadBase), file, context);
  if (got !== expected) {
    return {
      because: `${archive} is not what the release promises: expected SHA-256 ${expected}, got ${got}`,
    };
  }
  const problem = await unpack(file, scratch, context);
  if (problem !== undefined) return { because: `${archive}: ${problem}` };
  const program = path.join(scratch, stem, k6FileName(platform));
  if (!existsSync(program)) return { because: `${archive} does not hold ${stem}/${k6FileName(platform)}` };
  chmodSync(program, 0o755);
  const probed = await probeK6([program], env, run);
  if ('because' in probed) return { because: `${archive}: ${probed.because}` };
  const kept = path.join(toolsDirectory, k6FileName(platform));
  renameSync(program, kept);
  return nativeK6(kept, 'download', probed.version);
}

async function expectedDigest(archive: string, context: Context): Promise<string | undefined> {
  const { env, downloadBase, downloadLimits: limits } = context;
  const sums = await fetchText(new URL(`k6-v${wantedVersion}-checksums.txt`, downloadBase), { env, limits });
  const line = sums.split(/\r?\n/).find((entry) => entry.split(/\s+\*?/)[1] === archive);
  return line?.split(/\s/)[0]?.toLowerCase();
}

async function fetchWithProgress(url: URL, file: string, context: Context): Promise<string> {
  const { env, say, terminal, downloadLimits: limits } = context;
  const progress = startProgress(say, terminal);
  try {
    return await fetchFile(url, file, { env, limits }, (bytes, ofBytes) => {
      const [text, step] = shownBytes(bytes, ofBytes);
      progress.update(`  ${text}`, step);
    });
  } finally {
    progress.end();
  }
}

/** `12.3 of 34.5 MB (36 %)`, and its quarter; where the whole is unknown, `12.3 MB` and its tens of megabytes. */
function shownBytes(bytes: number, ofBytes: number | undefined): [text: string, step: number] {
  const megabytes = (bytes / 1e6).toFixed(1);
  if (ofBytes === undefined) return [`${megabytes} MB`, Math.floor(bytes / 1e7)];
  const percent = Math.floor((100 * bytes) / ofBytes);
  return [`${megabytes} of ${(ofBytes / 1e6).toFixed(1)} MB (${percent} %)`, Math.floor(percent / 25)];
}
