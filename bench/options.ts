import { parseArgs } from 'node:util';

/**
 * How much is measured: `rounds` times in turn, with `calls` JSON calls or `streams` streams each time; or `json` calls and
 * `streams` a second, for `seconds`.
 */
export interface Amounts {
  readonly rounds: number;
  readonly calls: number;
  readonly streams: number;
  readonly json: number;
  readonly seconds: number;
}

type AmountName = keyof Amounts;

export type BenchOptions<Name extends AmountName = 'rounds' | 'calls' | 'streams'> = Readonly<
  Record<Name, number>
> & {
  /** What to measure, by name; all when empty. */
  readonly only: readonly string[];
};

/** A command line that cannot be followed; shown as its message alone, with no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const most: Amounts = { rounds: 1_000, calls: 100_000, streams: 10_000, json: 100_000, seconds: 600 };

/**
 * Reads the amounts that `usual` names, as `--rounds`, and where `names` are given `--only`, which may stand several
 * times. Undefined when only help is wanted.
 */
export function readOptions<Name extends AmountName>(
  args: readonly string[],
  usual: Readonly<Record<Name, number>>,
  names: readonly string[] = [],
): BenchOptions<Name> | undefined {
  const amounts = Object.keys(usual) as Name[];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        ...Object.fromEntries(
          amounts.map((name) => [name, { type: 'string', default: String(usual[name]) } as const]),
        ),
        ...(names.length > 0 ? { only: { type: 'string', multiple: true } as const } : {}),
      },
    });
    const given = values as Readonly<Record<string, unknown>>;
    if (given['help']) return undefined;
    const only = [given['only'] ?? []].flat().map(String);
    const unknown = only.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new UsageError(`Expected \`--only\` to be one of ${names.join(', ')}, got \`${unknown}\`.`);
    }
    const read = Object.fromEntries(amounts.map((name) => [name, amount(name, String(given[name]))]));
    return { ...(read as Record<Name, number>), only };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}

function amount(name: AmountName, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most[name]) return value;
  throw new UsageError(
    `Expected \`--${name}\` to be a whole number from 1 to ${most[name]}, got \`${text}\`.`,
  );
}

/** Runs a bench: what the user must change is said in a line, and everything else with its stack. */
export async function runAsCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    console.error(error instanceof UsageError ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
