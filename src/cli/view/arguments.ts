import { parseArgs } from 'node:util';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { type Environment, readEnvironment } from '../shared/environment.ts';

export const viewHelp = `telltale view [FILE|DIRECTORY] [options]

Shows recorded traces on a page of this machine: a list to filter, and of each trace a waterfall with its waits, attempts
and backoffs. Nothing needs to be installed or sent anywhere.

  FILE|DIRECTORY       OTLP/JSON lines (default: of TELLTALE_TRACE_DIRECTORY, .telltale/traces,
                       .telltale/mock/traces, loadtest/out and telltale-loadtest the one in which something was
                       written last; of a load test's runs, the last one)

  --port NUMBER        where the page is (default: a free port)
  --open               opens the page in the browser
  --json               prints the list instead: a line of JSON for each trace, the newest first
  --data FOLDER        where the commands keep things (default: TELLTALE_DATA, or .telltale)
  --env FILE           where variables are read from that are not set (default: .env, where there is one)
  -h, --help           this
`;

export interface ViewArguments {
  readonly source: string | undefined;
  readonly port: number;
  readonly opens: boolean;
  readonly json: boolean;
  readonly data: string | undefined;
  readonly env: Environment;
}

/** @throws UsageError; undefined where help was asked for */
export function readViewArguments(args: readonly string[]): ViewArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      open: { type: 'boolean' },
      json: { type: 'boolean' },
      data: { type: 'string' },
      env: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  });
  if (values.help === true) return undefined;
  if (positionals.length > 1)
    throw new UsageError('`telltale view` shows one file or directory: put the files into a directory.');
  return {
    source: positionals[0],
    port: portOf(values.port),
    opens: values.open === true,
    json: values.json === true,
    data: values.data,
    env: readEnvironment(values.env),
  };
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`Expected \`--port\` to be a port from 0 to 65535, got \`${text}\`.`);
}
