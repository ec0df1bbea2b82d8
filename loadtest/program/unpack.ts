import path from 'node:path';
import type { Context } from './context.ts';

/**
 * Unpacks `archive` into `directory`; gives what went wrong, if something did. Windows 10 and macOS ship a `tar` that
 * reads zip too. Where `tar` does not, `unzip` is tried.
 */
export async function unpack(
  archive: string,
  directory: string,
  { env, platform, run }: Pick<Context, 'env' | 'platform' | 'run'>,
): Promise<string | undefined> {
  const options = { env, timeoutMs: 120_000 };
  const tar = await run(tarOf(platform, env), ['-xf', archive, '-C', directory], options);
  if (tar.problem === undefined) return undefined;
  if (archive.endsWith('.zip')) {
    const unzip = await run('unzip', ['-q', archive, '-d', directory], options);
    if (unzip.problem === undefined) return undefined;
    return `neither tar (${tar.problem}) nor unzip (${unzip.problem}) could unpack it`;
  }
  return `tar could not unpack it (${tar.problem})`;
}

/** On Windows the one of the system: the `tar` of a Git shell takes `C:` for the name of a host. */
function tarOf(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  return platform === 'win32'
    ? path.win32.join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'tar.exe')
    : 'tar';
}
