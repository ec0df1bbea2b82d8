import path from 'node:path';
import type { Program } from '../../loadtest/program/program.ts';
import type { Ports } from './options.ts';
import { wantedJaeger } from './wanted.ts';

const config = path.join(path.dirname(import.meta.dirname), 'jaeger-local.yaml');
/** Where a container sees the configuration. */
const mountedAt = '/etc/jaeger/jaeger-local.yaml';

export interface JaegerCommand {
  readonly command: readonly string[];
  /** What the configuration reads from the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** The whole command that starts Jaeger on its configuration. A container keeps its ports, which are led to ours. */
export function jaegerCommand(
  jaeger: Program,
  ports: Ports,
  platform: NodeJS.Platform = process.platform,
): JaegerCommand {
  if (!jaeger.inContainer) {
    return {
      command: [...jaeger.command, '--config', config],
      env: {
        JAEGER_LISTEN_HOST: '127.0.0.1',
        JAEGER_UI_PORT: `${ports.ui}`,
        JAEGER_OTLP_HTTP_PORT: `${ports.http}`,
        JAEGER_OTLP_GRPC_PORT: `${ports.grpc}`,
      },
    };
  }
  const published = [`${ports.ui}:16686`, `${ports.http}:4318`, `${ports.grpc}:4317`];
  return {
    command: [
      ...jaeger.command,
      ...published.flatMap((pair) => ['--publish', `127.0.0.1:${pair}`]),
      '--mount',
      `type=bind,src=${config},dst=${mountedAt},readonly`,
      // A labelled container (SELinux) may not read what is ours.
      ...(platform === 'linux' ? ['--security-opt', 'label=disable'] : []),
      wantedJaeger.image,
      '--config',
      mountedAt,
    ],
    env: {},
  };
}
