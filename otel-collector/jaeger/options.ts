import { parseArgs } from 'node:util';
import { UsageError } from '../../loadtest/usage-error.ts';

/** Where Jaeger listens on 127.0.0.1. */
export interface Ports {
  readonly ui: number;
  readonly http: number;
  readonly grpc: number;
}

export const help = `npm run jaeger [-- OPTION ...]

Starts Jaeger on this machine, without Docker where that is possible, and says where its pages are and where to send
traces. It keeps them in memory, listens on 127.0.0.1 alone, and ends with Ctrl-C.

  --http-port PORT  for OTLP over HTTP (default: 4318)
  --grpc-port PORT  for OTLP over gRPC (default: 4317)
  --ui-port PORT    for its pages (default: 16686)
  --log             show what Jaeger itself says, on standard error
  -h, --help        this

The Jaeger is the one that the environment variable JAEGER names, or one on the PATH, or in .tools; else the official
archive for this system is fetched into .tools and checked against its published SHA-256 (HTTPS_PROXY is honoured); else
the Docker image is used, where a Docker engine answers.
`;

export interface Options {
  readonly ports: Ports;
  readonly showsLog: boolean;
}

/**
 * @returns undefined where help was asked for
 * @throws UsageError; what `parseArgs` throws
 */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'http-port': { type: 'string' },
      'grpc-port': { type: 'string' },
      'ui-port': { type: 'string' },
      log: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const ports = {
    http: readPort('--http-port', values['http-port'], 4_318),
    grpc: readPort('--grpc-port', values['grpc-port'], 4_317),
    ui: readPort('--ui-port', values['ui-port'], 16_686),
  };
  if (new Set(Object.values(ports)).size < 3)
    throw new UsageError('`--http-port`, `--grpc-port` and `--ui-port` must be three different ports.');
  return { ports, showsLog: values.log === true };
}

function readPort(option: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`Expected \`${option}\` to be a port from 1 to 65535, got \`${text}\`.`);
}
