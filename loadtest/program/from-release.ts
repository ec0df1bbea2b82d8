import { chmodSync, existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Context } from './context.ts';
import { fetchFile, fetchText } from './fetch.ts';
import { fileNameOf, nativeProgram, type ProgramOrNot, type ReleaseFiles, type Wanted } from './program.ts';
import { startProgress } from './progress.ts';
import { withScratch } from './scratch.ts';
import { unpack } from './unpack.ts';

/** Fetches the official archive, and keeps its program only when the release's own checksum agrees. */
export async function fromRelease(wanted: Wanted, context: Context): Promise<ProgramOrNot> {
  const { platform, arch, toolsDirectory, say, downloadBase } = context;
  const files = wanted.filesFor(platform, arch);
  if (files === undefined) return { because: `there is no release for ${platform} on ${arch}` };
  say(`Fetching ${files.archive} from ${downloadBase} …`);
  try {
    return await withScratch(toolsDirectory, (scratch) => fetchInto(scratch, files, wanted, context));
  } catch (error) {
    return { because: error instanceof Error ? error.message : String(error) };
  }
}

async function fetchInto(
  scratch: string,
  { archive, checksums, program: inArchive }: ReleaseFiles,
  wanted: Wanted,
  context: Context,
): Promise<ProgramOrNot> {
  const { env, platform, toolsDirectory, run, downloadBase } = context;
  const expected = await expectedDigest(archive, checksums, context);
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
  const program = path.join(scratch, ...inArchive.split('/'));
  if (!existsSync(program)) return { because: `${archive} does not hold ${inArchive}` };
  chmodSync(program, 0o755);
  const probed = await wanted.probe([program], env, run);
  if ('because' in probed) return { because: `${archive}: ${probed.because}` };
  const kept = path.join(toolsDirectory, fileNameOf(wanted, platform));
  renameSync(program, kept);
  return nativeProgram(kept, 'download', probed.version);
}

async function expectedDigest(
  archive: string,
  checksums: string,
  context: Context,
): Promise<string | undefined> {
  const { env, downloadBase, downloadLimits: limits } = context;
  const sums = await fetchText(new URL(checksums, downloadBase), { env, limits });
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
