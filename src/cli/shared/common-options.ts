import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** What every command that calls the provider takes. */
const common = {
  model: { type: 'string', short: 'm' },
  mock: { type: 'boolean' },
  'mock-scenario': { type: 'string' },
  json: { type: 'boolean' },
  data: { type: 'string' },
  env: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsOptionsConfig;

export interface CommonOptions {
  readonly model?: string;
  /** The embedded mock provider in place of the real one: no key, no network, no cost. */
  readonly mock: boolean;
  readonly mockScenario?: string;
  /** Output for programs. */
  readonly json: boolean;
  readonly data?: string;
  readonly envFile?: string;
}

export const commonHelp = `  -m, --model NAME     the model (default: OPENAI_MODEL, or gpt-5-mini)
  --mock               use the embedded mock provider: no key, no network, no cost
  --mock-scenario NAME with --mock: what goes wrong, such as storm (default: nothing)
  --json               output for programs: JSON
  --data FOLDER        where things are kept (default: TELLTALE_DATA, or .telltale)
  --env FILE           where variables are read from that are not set (default: .env, where there is one)
  -h, --help           this`;

/** What a command's own options and arguments were; undefined where help was asked for. */
export interface ParsedCommand<V> {
  readonly common: CommonOptions;
  readonly own: V;
  readonly files: readonly string[];
}

/**
 * Reads a command line.
 *
 * @param own the command's own flags, as `parseArgs` of Node takes them
 * @throws what `parseArgs` throws: an error that `told` knows
 */
export function parseCommand<const F extends ParseArgsOptionsConfig>(
  args: readonly string[],
  own: F,
): ParsedCommand<OwnValues<F>> | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...own, ...common },
    allowPositionals: true,
    strict: true,
  });
  const given: Readonly<Record<string, unknown>> = values;
  if (given['help'] === true) return undefined;
  const text = (name: string): string | undefined => {
    const value = given[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [model, mockScenario, data, envFile] = ['model', 'mock-scenario', 'data', 'env'].map(text);
  return {
    common: {
      mock: given['mock'] === true,
      json: given['json'] === true,
      ...(model !== undefined && { model }),
      ...(mockScenario !== undefined && { mockScenario }),
      ...(data !== undefined && { data }),
      ...(envFile !== undefined && { envFile }),
    },
    own: Object.fromEntries(Object.keys(own).map((name) => [name, given[name]])) as OwnValues<F>,
    files: positionals,
  };
}

type ValueOf<O> = O extends { type: 'boolean' } ? boolean : string;

/** What `parseArgs` gives for the flags; undefined where one was not given. */
export type OwnValues<F extends ParseArgsOptionsConfig> = {
  readonly [Name in keyof F]:
    | (F[Name] extends { multiple: true } ? ValueOf<F[Name]>[] : ValueOf<F[Name]>)
    | undefined;
};
