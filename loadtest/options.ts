import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import { givenOptions } from './given-options.ts';
import { readDuration, readFactor, readInteger, readOneOf } from './option-values.ts';
import type { ServiceLevel } from './report/model.ts';
import { type ReportOptions, readReportOptions } from './report-options.ts';
import { scenarios } from './scenarios/index.ts';
import type { Load, Scenario } from './scenarios/scenario.ts';
import { type Suite, suites } from './scenarios/suites.ts';
import { UsageError } from './usage-error.ts';

export interface LoadTestOptions extends ReportOptions {
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
  readonly sabotage?: Sabotage;
}

export function loadOf(
  options: Pick<LoadTestOptions, 'jsonPerSecond' | 'streamsPerSecond' | 'durationMs'>,
): Load {
  const { jsonPerSecond, streamsPerSecond, durationMs } = options;
  return { callsPerSecond: jsonPerSecond + streamsPerSecond, durationMs };
}

/** At about 5 kB a call in three books. */
const mostCalls = 200_000;

/** Reads the command line; undefined when only help is wanted. */
export function readOptions(args: readonly string[], newSeed: () => number): LoadTestOptions | undefined {
  const given = givenOptions(args);
  if (!given) return undefined;
  const bug = given.get('sabotage');
  const sabotage = bug === undefined ? undefined : readOneOf('sabotage', bug, sabotageNames);
  const shown = sabotage === undefined ? 'chaos' : sabotages[sabotage].scenarios[0];
  const name = readOneOf('scenario', given.get('scenario') ?? shown, [
    ...Object.keys(scenarios),
    ...Object.keys(suites),
  ]);
  if (sabotage !== undefined) checkShows(sabotage, name);
  const suite = suites[name];
  const ofOne = ['markdown', 'compare'].find((option) => given.has(option));
  if (suite && ofOne !== undefined) {
    throw new UsageError(`\`--${ofOne}\` is of one run, and \`${name}\` makes several.`);
  }
  const { serviceLevel, ...own } = readReportOptions(given, name);
  const asked: Asked = {
    seed: given.has('seed') ? readInteger('seed', given.get('seed') ?? '', 0, 2 ** 31 - 1) : newSeed(),
    durationMs: given.has('duration') ? readDuration(given.get('duration') ?? '') : undefined,
    rate: given.has('rate') ? readInteger('rate', given.get('rate') ?? '', 1, mostRate) : undefined,
    factor: readFactor(given.get('factor') ?? '1'),
    sabotage,
    serviceLevel,
  };
  if (!suite) return { ...turnOf(name, scenarios[name], asked), ...own };
  const turns = suite.scenarios.map((one) => ({
    ...turnOf(one, scenarios[one], sizedFor(suite, scenarios[one], asked)),
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

/** What a suite says of a turn where the command line does not. */
function sizedFor(suite: Suite, scenario: Scenario | undefined, asked: Asked): Asked {
  const { durationMs, jsonPerSecond = mostRate } = suite;
  const { leastMs = 0, jsonPerSecond: usualRate = usual.jsonPerSecond } = scenario ?? {};
  return {
    ...asked,
    durationMs: asked.durationMs ?? (durationMs === undefined ? undefined : Math.max(durationMs, leastMs)),
    rate: asked.rate ?? Math.min(usualRate, jsonPerSecond),
  };
}

/** Of a scenario that does not say. */
const usual = { jsonPerSecond: 100, durationMs: 60_000 };

/** One run of one scenario: what is not asked for is as the scenario is sized. */
function turnOf(name: string, scenario: Scenario | undefined, asked: Asked): LoadTestOptions {
  const { offers = 'mixed', durationMs: usualMs, jsonPerSecond: usualRate } = { ...usual, ...scenario };
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

/** A bug that cannot show would make a green run of nothing. */
function checkShows(sabotage: Sabotage, scenario: string): void {
  const { scenarios: suitable, needs } = sabotages[sabotage];
  if (suitable.some((name) => name === scenario)) return;
  throw new UsageError(
    `\`--sabotage ${sabotage}\` cannot show in \`--scenario ${scenario}\`: it needs ${needs}. Use ${suitable.join(', ')}, or leave \`--scenario\` out.`,
  );
}
