import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import { scenarios } from './scenarios/index.ts';
import type { Load, Scenario } from './scenarios/scenario.ts';
import { suites } from './scenarios/suites.ts';
import { UsageError } from './usage-error.ts';

export interface LoadTestOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly jsonPerSecond: number;
  readonly streamsPerSecond: number;
  /** Its name; of several turns, what they are called together. */
  readonly scenario: string;
  /** The runs that are made one after the other in place of one. */
  readonly turns?: readonly LoadTestOptions[];
  /** Whether the bare client's turn is left out where the scenario can be judged without it. */
  readonly isBrief?: boolean;
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
  --duration TIME    such as 30s, 90s or 2m, from 4s to 30m (default: 60s; soak: 30m; each turn of a tour: 12s)
  --rate N           JSON calls a second; streams come on top at 30 % of it (default: as the scenario is sized for two
                     cores, mostly 100 or 50)
  --factor N         the rate of the scenario, and the limits that go with it, so many times; from 0.05 to 100
  --scenario NAME    ${Object.entries({ ...scenarios, ...suites })
    .map(([name, { says }]) => `${name}: ${says}`)
    .join('\n                     ')}
                     (default: chaos; with --sabotage one that shows it)
  --json FILE        write the whole report there as JSON
  --sabotage BUG     plant a bug in the gateway's wrapper; the run must turn red, and by the invariant that names it alone.
                     Without --scenario the run is the first of those that can show it:
${sabotageNames.map(sabotageHelp).join('\n')}
  --help             this

Environment: K6 (path of a k6 to use), OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS (a collector to
which the telemetry is sent too), REDIS_URL (a Redis for quota, budget and fleet, which otherwise start redis-server).
Results go to loadtest/out/. Exit code: 0 green, 1 red, void or cut short, 2 for a
wrong option.
`;

function sabotageHelp(name: Sabotage): string {
  const { plants, invariant, scenarios: suitable } = sabotages[name];
  return `                     ${name}: ${plants} → ${invariant} (${suitable.join(', ')})`;
}

/** At about 5 kB a call in three books. */
const mostCalls = 200_000;

const known = ['seed', 'duration', 'rate', 'factor', 'scenario', 'json', 'sabotage', 'help'] as const;

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
  const name = readOneOf('scenario', given.get('scenario') ?? usual, [
    ...Object.keys(scenarios),
    ...Object.keys(suites),
  ]);
  if (sabotage !== undefined) checkShows(sabotage, name);
  const jsonFile = given.get('json');
  const asked: Asked = {
    seed: given.has('seed') ? readInteger('seed', given.get('seed') ?? '', 0, 2 ** 31 - 1) : newSeed(),
    durationMs: given.has('duration') ? readDuration(given.get('duration') ?? '') : undefined,
    rate: given.has('rate') ? readInteger('rate', given.get('rate') ?? '', 1, mostRate) : undefined,
    factor: readFactor(given.get('factor') ?? '1'),
    sabotage,
  };
  const own = jsonFile === undefined ? {} : { jsonFile: readFile(jsonFile) };
  const suite = suites[name];
  if (!suite) return { ...turnOf(name, scenarios[name], asked), ...own };
  const turns = suite.scenarios.map((one) => ({
    ...turnOf(one, scenarios[one], { ...asked, durationMs: asked.durationMs ?? suite.durationMs }),
    ...(suite.isBrief ? { isBrief: true } : {}),
  }));
  const sum = (of: (turn: LoadTestOptions) => number): number =>
    turns.reduce((total, turn) => total + of(turn), 0);
  return {
    seed: asked.seed,
    durationMs: sum(({ durationMs }) => durationMs),
    jsonPerSecond: Math.max(...turns.map(({ jsonPerSecond }) => jsonPerSecond)),
    streamsPerSecond: Math.max(...turns.map(({ streamsPerSecond }) => streamsPerSecond)),
    scenario: name,
    turns,
    ...own,
  };
}

/** What the command line says of every turn. */
interface Asked {
  readonly seed: number;
  readonly durationMs: number | undefined;
  readonly rate: number | undefined;
  readonly factor: number;
  readonly sabotage: Sabotage | undefined;
}

/** One run of one scenario: what is not asked for is as the scenario is sized. */
function turnOf(name: string, scenario: Scenario | undefined, asked: Asked): LoadTestOptions {
  const { offers = 'mixed', durationMs: usualMs = 60_000, jsonPerSecond: usualRate = 100 } = scenario ?? {};
  const { seed, factor, sabotage, durationMs = usualMs } = asked;
  const rate = Math.max(1, Math.round((asked.rate ?? usualRate) * factor));
  const jsonPerSecond = offers === 'streams' ? 0 : rate;
  const streamsPerSecond = offers === 'jobs' ? 0 : Math.max(1, Math.round(rate * streamShare));
  const calls = ((jsonPerSecond + streamsPerSecond) * durationMs) / 1_000;
  if (calls > mostCalls) {
    throw new UsageError(
      `That would be ${calls} calls; the books are kept in memory, so the most is ${mostCalls}. Lower --rate or --duration.`,
    );
  }
  return {
    seed,
    durationMs,
    jsonPerSecond,
    streamsPerSecond,
    scenario: name,
    ...(sabotage === undefined ? {} : { sabotage }),
  };
}

const mostRate = 10_000;
const streamShare = 0.3;

function readFactor(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.05 && value <= 100) return value;
  throw new UsageError(`Expected \`--factor\` to be a number from 0.05 to 100, got \`${text}\`.`);
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
