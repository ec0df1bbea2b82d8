import type { Context } from './context.ts';
import { type K6OrNot, probeK6, wantedVersion } from './k6.ts';
import { startProgress, withElapsedTime } from './progress.ts';

export const dockerImage = `grafana/k6:${wantedVersion}`;

/** Takes the k6 image where a Docker engine answers; a client alone is not enough. */
export async function k6FromDocker(context: Context): Promise<K6OrNot> {
  const { env, platform, say, terminal, run } = context;
  const format = '{{.ServerVersion}} {{.OperatingSystem}}';
  const info = await run('docker', ['info', '--format', format], { env, timeoutMs: 20_000 });
  if (info.problem !== undefined) return { because: info.problem };
  const [, system] = /^\d\S* (.*)/.exec(info.stdout) ?? [];
  if (system === undefined) return { because: 'no Docker engine answers' };
  const present = await run('docker', ['image', 'inspect', dockerImage], { env, timeoutMs: 20_000 });
  if (present.problem !== undefined) {
    say(`Pulling the image ${dockerImage} …`);
    const pulling = run('docker', ['pull', '--quiet', dockerImage], { env, timeoutMs: 15 * 60_000 });
    const pulled = await withElapsedTime('  pulling', startProgress(say, terminal), pulling);
    if (pulled.problem !== undefined) return { because: `${dockerImage} cannot be had: ${pulled.problem}` };
  }
  const probed = await probeK6(['docker', 'run', '--rm', dockerImage], env, run);
  if ('because' in probed) return { because: `${dockerImage}: ${probed.because}` };
  return {
    command: ['docker', 'run', '--rm'],
    source: 'docker',
    version: probed.version,
    inContainer: true,
    // Docker Desktop runs its engine in a virtual machine, on Linux too, whose loopback is not ours.
    hostName: platform === 'linux' && system !== 'Docker Desktop' ? '127.0.0.1' : 'host.docker.internal',
  };
}
