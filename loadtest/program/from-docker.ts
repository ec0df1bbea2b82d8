import type { Context } from './context.ts';
import type { ProgramOrNot, Wanted } from './program.ts';
import { startProgress, withElapsedTime } from './progress.ts';

/** Takes the program's image where a Docker engine answers; a client alone is not enough. */
export async function fromDocker(wanted: Wanted, context: Context): Promise<ProgramOrNot> {
  const { env, platform, say, terminal, run } = context;
  const { image } = wanted;
  const format = '{{.ServerVersion}} {{.OperatingSystem}}';
  const info = await run('docker', ['info', '--format', format], { env, timeoutMs: 20_000 });
  if (info.problem !== undefined) return { because: info.problem };
  const [, system] = /^\d\S* (.*)/.exec(info.stdout) ?? [];
  if (system === undefined) return { because: 'no Docker engine answers' };
  const present = await run('docker', ['image', 'inspect', image], { env, timeoutMs: 20_000 });
  if (present.problem !== undefined) {
    say(`Pulling the image ${image} …`);
    const pulling = run('docker', ['pull', '--quiet', image], { env, timeoutMs: 15 * 60_000 });
    const pulled = await withElapsedTime('  pulling', startProgress(say, terminal), pulling);
    if (pulled.problem !== undefined) return { because: `${image} cannot be had: ${pulled.problem}` };
  }
  const probed = await wanted.probe(['docker', 'run', '--rm', image], env, run);
  if ('because' in probed) return { because: `${image}: ${probed.because}` };
  return {
    command: ['docker', 'run', '--rm'],
    source: 'docker',
    version: probed.version,
    inContainer: true,
    // Docker Desktop runs its engine in a virtual machine, on Linux too, whose loopback is not ours.
    hostName: platform === 'linux' && system !== 'Docker Desktop' ? '127.0.0.1' : 'host.docker.internal',
  };
}
