import { type Sabotage, sabotageNames, sabotages } from './gateway/sabotage/index.ts';
import { type GivenOptions, givenOptions } from './given-options.ts';
import {
  readDuration,
  readFactor,
  readFile,
  readInteger,
  readOneOf,
  readPercent,
  readTime,
} from './option-values.ts';
import type { ServiceLevel } from './report/model.ts';
import { readVerdictFile } from './report/read-verdict-file.ts';
import type { VerdictFile } from './report/verdict-file.ts';
import { scenarios } from './scenarios/index.ts';
import type { Load, Scenario } from './scenarios/scenario.ts';
import { type Suite, suites } from './scenarios/suites.ts';
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

function readServiceLevel(given: GivenOptions): Partial<ServiceLevel> | undefined {
  const [whole, firstToken] = [given.get('slo'), given.get('slo-first-token')];
  if (whole === undefined && firstToken === undefined) return undefined;
  return {
    ...(whole === undefined ? {} : { wholeMs: readTime('slo', whole) }),
    ...(firstToken === undefined ? {} : { firstTokenMs: readTime('slo-first-token', firstToken) }),
  };
}

function readCompare(given: GivenOptions, scenario: string): Compare | undefined {
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
