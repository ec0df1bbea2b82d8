import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** The options on a command line, by name; those that are flags have no value. */
export type GivenOptions = ReadonlyMap<string, string | undefined>;

const known = [
  'seed',
  'duration',
  'rate',
  'factor',
  'scenario',
  'slo',
  'slo-first-token',
  'compare',
  'tolerance',
  'fail-on-regression',
  'json',
  'markdown',
  'sabotage',
  'help',
] as const;

/** Options that have no value. */
const flags: readonly string[] = ['help', 'fail-on-regression'];

/** What is given, each once and by a name that is known; undefined when only help is wanted. */
export function givenOptions(args: readonly string[]): GivenOptions | undefined {
  const given = new Map<string, string | undefined>();
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      known.map((name) => [name, { type: flags.includes(name) ? 'boolean' : 'string' }]),
    ),
  });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      throw new UsageError(
        `Unexpected argument \`${token.value}\`. Options begin with two dashes; see --help.`,
      );
    }
    if (!known.some((name) => name === token.name)) {
      throw new UsageError(
        `Unknown option \`${token.rawName}\`. Known: ${known.map((name) => `--${name}`).join(', ')}.`,
      );
    }
    if (given.has(token.name)) throw new UsageError(`\`--${token.name}\` is given twice.`);
    given.set(token.name, token.value);
  }
  if (given.has('help')) return undefined;
  for (const [name, value] of given) {
    if (flags.includes(name)) {
      if (value !== undefined) throw new UsageError(`\`--${name}\` takes no value, got \`${value}\`.`);
      continue;
    }
    if (value === undefined || value === '') throw new UsageError(`\`--${name}\` needs a value; see --help.`);
  }
  return given;
}
