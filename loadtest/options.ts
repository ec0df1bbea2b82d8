import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import { scenarios } from './scenarios/index.ts';
import type { Load } from './scenarios/scenario.ts';
import { UsageError } from './usage-error.ts';

export interface LoadTestOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly jsonPerSecond: number;
  readonly streamsPerSecond: number;
  readonly scenario: string;
  /** Where the report is written as JSON too. */
  readonly jsonFile?: string;
  readonly sabotage?: Sabotage;
}

export function loadOf(
  options: Pick<LoadTestOptions, 'jsonPerSecond' | 'streamsPerSecond' | 'durationMs'>,
): Load {
  const { jsonPerSecond, streamsPerSecond, durationMs } = options;
  return { callsPerSecond: jsonPerSecond + streamsPerSecond, durationMs };
}

export const help = `npm run loadtest -- [options]

Runs k6 against a small service on the wrapped client, in front of a provider that misbehaves, and checks that
k6's book, the telemetry and the provider's ledger agree to the attempt, the token and the nano-dollar.

  --seed N           what chaos happens to which call; the same seed gives the same (default: a new one, printed)
  --duration TIME    such as 30s, 90s or 2m, from 4s to 30m (default: 60s)
  --rate N           JSON calls a second; streams come on top at 30 % of it (default: 100; quota: 50)
  --scenario NAME    ${Object.entries(scenarios)
    .map(([name, { says }]) => `${name}: ${says}`)
    .join('\n                     ')}
                     (default: chaos; with --sabotage one that shows it)
  --json FILE        write the whole report there as JSON
  --sabotage BUG     plant a bug in the gateway's wrapper; the run must turn red, and by the invariant that names it alone.
                     Without --scenario the run is the first of those that can show it:
${sabotageNames.map(sabotageHelp).join('\n')}
  --help             this

Environment: K6 (path of a k6 to use), OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS (a collector to
which the telemetry is sent too), REDIS_URL (a Redis for the scenario quota, which otherwise starts redis-server).
Results go to loadtest/out/. Exit code: 0 green, 1 red, void or cut short, 2 for a
wrong option.
`;

function sabotageHelp(name: Sabotage): string {
  const { plants, invariant, scenarios: suitable } = sabotages[name];
  return `                     ${name}: ${plants} → ${invariant} (${suitable.join(', ')})`;
}

/** At about 5 kB a call in three books. */
const mostCalls = 200_000;

const known = ['seed', 'duration', 'rate', 'scenario', 'json', 'sabotage', 'help'] as const;

/** Reads the command line; undefined when only help is wanted. */
export function readOptions(args: readonly string[], newSeed: () => number): LoadTestOptions | undefined {
  const given = new Map<string, string | undefined>();
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      known.map((name) => [name, { type: name === 'help' ? 'boolean' : 'string' }]),
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
    if (value === undefined || value === '') throw new UsageError(`\`--${name}\` needs a value; see --help.`);
  }
  const bug = given.get('sabotage');
  const sabotage = bug === undefined ? undefined : readOneOf('sabotage', bug, sabotageNames);
  const usual = sabotage === undefined ? 'chaos' : sabotages[sabotage].scenarios[0];
  const scenario = readOneOf('scenario', given.get('scenario') ?? usual, Object.keys(scenarios));
  if (sabotage !== undefined) checkShows(sabotage, scenario);
  const rate = given.get('rate') ?? String(scenarios[scenario]?.jsonPerSecond ?? 100);
  const jsonPerSecond = readInteger('rate', rate, 1, 10_000);
  const durationMs = readDuration(given.get('duration') ?? '60s');
  const streamsPerSecond = Math.max(1, Math.round(jsonPerSecond * 0.3));
  const calls = ((jsonPerSecond + streamsPerSecond) * durationMs) / 1_000;
  if (calls > mostCalls) {
    throw new UsageError(
      `That would be ${calls} calls; the books are kept in memory, so the most is ${mostCalls}. Lower --rate or --duration.`,
    );
  }
  const jsonFile = given.get('json');
  return {
    seed: given.has('seed') ? readInteger('seed', given.get('seed') ?? '', 0, 2 ** 31 - 1) : newSeed(),
    durationMs,
    jsonPerSecond,
    streamsPerSecond,
    scenario,
    ...(jsonFile === undefined ? {} : { jsonFile: readFile(jsonFile) }),
    ...(sabotage === undefined ? {} : { sabotage }),
  };
}

/** A bug that cannot show would make a green run of nothing. */
function checkShows(sabotage: Sabotage, scenario: string): void {
  const { scenarios: suitable, needs } = sabotages[sabotage];
  if (suitable.some((name) => name === scenario)) return;
  throw new UsageError(
    `\`--sabotage ${sabotage}\` cannot show in \`--scenario ${scenario}\`: it needs ${needs}. Use ${suitable.join(', ')}, or leave \`--scenario\` out.`,
  );
}

function readInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`Expected \`--${name}\` to be a whole number from ${min} to ${max}, got \`${text}\`.`);
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000 };

function readDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(s|m)$/.exec(text) ?? [];
  const durationMs = Number(digits) * (unitsMs[unit] ?? 0);
  if (digits !== '' && durationMs >= 4_000 && durationMs <= 30 * 60_000) return durationMs;
  throw new UsageError(
    `Expected \`--duration\` to be a time such as 60s, 90s or 2m, from 4s to 30m, got \`${text}\`.`,
  );
}

function readOneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`Expected \`--${name}\` to be one of ${allowed.join(', ')}, got \`${text}\`.`);
}

/** Before the run, so that nobody waits a minute to hear it. */
function readFile(text: string): string {
  const file = path.resolve(text);
  const folder = path.dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`\`--json\` cannot be written: \`${folder}\` is not there or cannot be written to.`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`Expected \`--json\` to be a file, \`${text}\` is a folder.`);
  }
  return file;
}
