import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import type { Environment } from '../shared/environment.ts';

export const doctorHelp = `telltale doctor [options]

Looks at what Telltale needs on this machine and in this project, and says what is wrong and what to do: Node, the
packages and their copies, the key (never its value), .env, the provider, the receiver of telemetry, proxies, the clock,
Redis, k6, the data folder and the age of the prices.

  --offline            ask nobody over the network
  --redis URL          the Redis to look at (default: REDIS_URL, if it is set)
  --json               output for programs: JSON
  --data FOLDER        where the commands keep things (default: TELLTALE_DATA, or .telltale)
  --env FILE           where variables are read from that are not set (default: .env, where there is one)
  -h, --help           this

It asks OPENAI_BASE_URL (or the official address), OTEL_EXPORTER_OTLP_ENDPOINT and the Redis, and nobody else. The
provider is asked without a key, which costs nothing. Each check ends within ten seconds; they run side by side.

Exit code: 0 where nothing is a problem (warnings may be there), 1 where something is, 2 for a wrong option.
`;

export interface DoctorArguments {
  readonly offline: boolean;
  readonly json: boolean;
  readonly redisUrl: string | undefined;
  readonly dataDirectory: string;
  readonly envFile: string | undefined;
  readonly env: Environment;
}

/**
 * @returns undefined where help was asked for
 * @throws what `parseArgs` throws: an error that `told` knows
 */
export function readDoctorArguments(
  args: readonly string[],
  processEnv: Environment,
): DoctorArguments | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      offline: { type: 'boolean' },
      redis: { type: 'string' },
      json: { type: 'boolean' },
      data: { type: 'string' },
      env: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const env = environmentOf(values.env, processEnv);
  return {
    offline: values.offline === true,
    json: values.json === true,
    redisUrl: values.redis ?? (env['REDIS_URL'] || undefined),
    dataDirectory: path.resolve(values.data ?? (env['TELLTALE_DATA'] || '.telltale')),
    envFile: values.env,
    env,
  };
}

/** As the commands have it. That a file cannot be read is told by the check of it, and keeps no other from running. */
function environmentOf(file: string | undefined, processEnv: Environment): Environment {
  const set = Object.entries(processEnv).filter(([, value]) => value !== undefined && value !== '');
  try {
    return { ...parseEnv(readFileSync(file ?? '.env', 'utf8')), ...Object.fromEntries(set) };
  } catch {
    return Object.fromEntries(set);
  }
}
