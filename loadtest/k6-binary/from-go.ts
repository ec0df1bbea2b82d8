import { renameSync } from 'node:fs';
import path from 'node:path';
import type { Context } from '../program/context.ts';
import { fileNameOf, nativeProgram, type ProgramOrNot, type Wanted } from '../program/program.ts';
import { startProgress, withElapsedTime } from '../program/progress.ts';
import { withScratch } from '../program/scratch.ts';
import { probeK6, wantedVersion } from './k6.ts';

const module = `go.k6.io/k6@v${wantedVersion}`;

/** Builds k6 where Go is installed and its module proxy answers. */
export async function k6FromGo(wanted: Wanted, context: Context): Promise<ProgramOrNot> {
  const { env, platform, toolsDirectory, say, terminal, run } = context;
  const go = await run('go', ['version'], { env, timeoutMs: 20_000 });
  if (go.problem !== undefined) return { because: go.problem };
  // Asks for one small file first: without a module proxy this fails now and not in the midst of a build.
  const listed = await run('go', ['list', '-m', module], { env, timeoutMs: 30_000 });
  if (listed.problem !== undefined) return { because: `${module} cannot be had: ${listed.problem}` };
  say(`Building ${module} with Go; this takes some minutes, once …`);
  return withScratch(toolsDirectory, async (scratch) => {
    const installing = run('go', ['install', module], {
      // k6 needs no C compiler.
      env: { ...env, GOBIN: scratch, CGO_ENABLED: '0' },
      timeoutMs: 30 * 60_000,
    });
    const installed = await withElapsedTime('  building', startProgress(say, terminal), installing);
    if (installed.problem !== undefined) return { because: `\`go install\` failed: ${installed.problem}` };
    const program = path.join(scratch, fileNameOf(wanted, platform));
    const probed = await probeK6([program], env, run);
    if ('because' in probed) return { because: `of what \`go install\` built: ${probed.because}` };
    const kept = path.join(toolsDirectory, fileNameOf(wanted, platform));
    renameSync(program, kept);
    return nativeProgram(kept, 'go', probed.version);
  });
}
