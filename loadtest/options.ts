import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import type { ServiceLevel } from './report/model.ts';
import { readVerdictFile } from './report/read-verdict-file.ts';
import type { VerdictFile } from './report/verdict-file.ts';
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
  /** Where the summary is written too. */
  readonly markdownFile?: string;
  /** Where `--slo` and `--slo-first-token` differ from the default. */
  readonly serviceLevel?: Partial<ServiceLevel>;
  /** The run that this one is compared with. */
  readonly compare?: Compare;
  readonly sabotage?: Sabotage;
}

/** What `--compare` asks for. */
export interface Compare {
  /** As it was given. */
  readonly file: string;
  readonly verdict: VerdictFile;
  /** A part of the earlier figure; where `--tolerance` says. */
  readonly tolerance?: number;
  /** Whether the run is red when a figure got worse. */
  readonly failOnRegression: boolean;
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
  --slo TIME         a call is good when it is answered within this time (default: 2s)
  --slo-first-token TIME
                     and, when it streams, its first token within this one (default: 500ms)
  --compare FILE     show what got worse since an earlier run, whose verdict.json this is
  --tolerance N%     how much worse than then a figure may be (default: 20%)
  --fail-on-regression
                     the run is red when a figure got worse by more
  --json FILE        write the whole report there as JSON
  --markdown FILE    write the summary for a pull request there
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

/** Reads the command line; undefined when only help is wanted. */
export function readOptions(args: readonly string[], newSeed: () => number): LoadTestOptions | undefined {
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
  const bug = given.get('sabotage');
  const sabotage = bug === undefined ? undefined : readOneOf('sabotage', bug, sabotageNames);
  const usual = sabotage === undefined ? 'chaos' : sabotages[sabotage].scenarios[0];
  const name = readOneOf('scenario', given.get('scenario') ?? usual, [
    ...Object.keys(scenarios),
    ...Object.keys(suites),
  ]);
  if (sabotage !== undefined) checkShows(sabotage, name);
  const jsonFile = given.get('json');
  const markdownFile = given.get('markdown');
  const suite = suites[name];
  if (suite && (markdownFile !== undefined || given.has('compare'))) {
    throw new UsageError(
      `\`--${markdownFile === undefined ? 'compare' : 'markdown'}\` is of one run, and \`${name}\` makes several.`,
    );
  }
  const serviceLevel = readServiceLevel(given);
  const compare = readCompare(given, name);
  const asked: Asked = {
    seed: given.has('seed') ? readInteger('seed', given.get('seed') ?? '', 0, 2 ** 31 - 1) : newSeed(),
    durationMs: given.has('duration') ? readDuration(given.get('duration') ?? '') : undefined,
    rate: given.has('rate') ? readInteger('rate', given.get('rate') ?? '', 1, mostRate) : undefined,
    factor: readFactor(given.get('factor') ?? '1'),
    sabotage,
    serviceLevel,
  };
  const own = {
    ...(jsonFile === undefined ? {} : { jsonFile: readFile('json', jsonFile) }),
    ...(markdownFile === undefined ? {} : { markdownFile: readFile('markdown', markdownFile) }),
    ...(compare && { compare }),
  };
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
  readonly serviceLevel: Partial<ServiceLevel> | undefined;
}

/** One run of one scenario: what is not asked for is as the scenario is sized. */
function turnOf(name: string, scenario: Scenario | undefined, asked: Asked): LoadTestOptions {
  const { offers = 'mixed', durationMs: usualMs = 60_000, jsonPerSecond: usualRate = 100 } = scenario ?? {};
  const { seed, factor, sabotage, serviceLevel, durationMs = usualMs } = asked;
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
    ...(serviceLevel && { serviceLevel }),
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

function readServiceLevel(given: ReadonlyMap<string, string | undefined>): Partial<ServiceLevel> | undefined {
  const [whole, firstToken] = [given.get('slo'), given.get('slo-first-token')];
  if (whole === undefined && firstToken === undefined) return undefined;
  return {
    ...(whole === undefined ? {} : { wholeMs: readTime('slo', whole) }),
    ...(firstToken === undefined ? {} : { firstTokenMs: readTime('slo-first-token', firstToken) }),
  };
}

function readTime(name: string, text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const timeMs = Number(digits) * (unit === 'ms' ? 1 : (unitsMs[unit] ?? 0));
  if (timeMs >= 1 && timeMs <= 30 * 60_000) return timeMs;
  throw new UsageError(
    `Expected \`--${name}\` to be a time such as 500ms, 2s or 1m, from 1ms to 30m, got \`${text}\`.`,
  );
}

function readCompare(given: ReadonlyMap<string, string | undefined>, scenario: string): Compare | undefined {
  const file = given.get('compare');
  const failOnRegression = given.has('fail-on-regression');
  const tolerance = given.get('tolerance');
  if (file === undefined) {
    for (const name of ['fail-on-regression', 'tolerance'])
      if (given.has(name)) throw new UsageError(`\`--${name}\` needs \`--compare\`.`);
    return undefined;
  }
  const verdict = readVerdictFile(file);
  if (failOnRegression && verdict.scenario !== scenario) {
    throw new UsageError(
      `\`--fail-on-regression\` needs runs of the same scenario: \`${file}\` is one of \`${verdict.scenario}\`, this one would be of \`${scenario}\`.`,
    );
  }
  return {
    file,
    verdict,
    ...(tolerance === undefined ? {} : { tolerance: readPercent('tolerance', tolerance) }),
    failOnRegression,
  };
}

/** A part of one. */
function readPercent(name: string, text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (percent >= 0 && percent <= 1_000) return percent / 100;
  throw new UsageError(`Expected \`--${name}\` to be a part such as 20%, from 0% to 1000%, got \`${text}\`.`);
}

function readOneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`Expected \`--${name}\` to be one of ${allowed.join(', ')}, got \`${text}\`.`);
}

/** Before the run, so that nobody waits a minute to hear it. */
function readFile(name: string, text: string): string {
  const file = path.resolve(text);
  const folder = path.dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(
      `\`--${name}\` cannot be written: \`${folder}\` is not there or cannot be written to.`,
    );
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`Expected \`--${name}\` to be a file, \`${text}\` is a folder.`);
  }
  return file;
}
