import path from 'node:path';
import { type JoinedBooks, joinBooks } from './books/join.ts';
import { headerOf } from './header.ts';
import type { K6 } from './k6-binary/index.ts';
import { type Leg, runLeg } from './leg.ts';
import { type LoadTestOptions, loadOf } from './options.ts';
import type { Collector } from './otlp/forward.ts';
import { rawBookFiles } from './otlp/raw-book.ts';
import type { Screen } from './progress.ts';
import { type Reconciliation, reconcile } from './reconcile/index.ts';
import { openRedis, type RedisServer } from './redis.ts';
import { buildReport } from './report/build.ts';
import { claimFolder } from './report/claim.ts';
import { withEarlierRun } from './report/earlier.ts';
import { bareFolder, clearOutput, keepReport, writeBooks } from './report/files.ts';
import type { Invariant, RunReport } from './report/model.ts';
import { verdictOf } from './report/verdict.ts';
import { sabotageReasons } from './sabotage-verdict.ts';
import { scenarios } from './scenarios/index.ts';
import type { Judgement, Load, RunFacts, Scenario } from './scenarios/scenario.ts';
import { UsageError } from './usage-error.ts';

export interface RunInput {
  readonly options: LoadTestOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly k6: K6;
  /** Where the telemetry goes too. */
  readonly collector: Collector | undefined;
  readonly outDirectory: string;
  /** Where progress is shown. */
  readonly out: Screen;
  /** Cuts the run short; its reason is a text. */
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly report: RunReport;
  /** What was written. */
  readonly files: readonly string[];
}

/**
 * Runs k6 against the stage, then compares the books; resolves with a report whatever happened after k6 began. Where a
 * scenario compares, the same load goes through the bare client first, unless the wrapper is sabotaged.
 */
export async function runLoadTest(input: RunInput): Promise<RunResult> {
  const release = claimFolder(input.outDirectory);
  try {
    return await runInFolder(input);
  } finally {
    release();
  }
}

async function runInFolder(input: RunInput): Promise<RunResult> {
  const { options, k6, outDirectory } = input;
  const scenario = scenarioOf(options);
  clearOutput(outDirectory);
  const startedAt = new Date();
  const load = loadOf(options);
  // First, so that nobody waits a minute to hear that there is none.
  const redis = scenario.isShared ? await openRedis(input.env) : undefined;
  let turns: Turns;
  try {
    turns = await takeTurns(input, scenario, redis);
  } finally {
    await redis?.stop();
  }
  const { bare, wrapped: leg } = turns;
  const isOver = leg === bare;
  const { played, books, telemetry } = leg;
  const joined = joinBooks(books);
  const facts: RunFacts = { ...leg.facts, ...(bare && { bare: joinBooks(bare.books) }) };
  const reconciliation = isOver
    ? {
        invariants: [],
        unjudged: [
          {
            ids: ['the books'],
            because: 'the wrapped client had no turn, so the figures are the bare client’s',
          },
        ],
      }
    : reconcileFor(scenario, joined, facts);
  const judgement = isOver ? undefined : judge(scenario, joined, load, facts);
  const all = {
    ...reconciliation,
    invariants: byId([...reconciliation.invariants, ...(judgement?.invariants ?? [])]),
  };
  const conditions = judgement?.conditions ?? [];
  const { cutShort, k6Failure } = played;
  const comparedBare = isOver ? undefined : facts.bare;
  const k6Failed = k6Failure ?? bare?.played.k6Failure;
  const partial = cutShort !== undefined || k6Failed !== undefined;
  const built = buildReport({
    header: headerOf(options, { startedAt, k6Version: k6.version, partial }),
    scenario,
    joined,
    bare: comparedBare,
    reconciliation: all,
    conditions,
    serviceLevel: options.serviceLevel,
    verdict: verdictOf({
      calls: books.k6.calls.length,
      summary: books.k6.summary,
      bareSummary: bare?.books.k6.summary,
      reconciliation: all,
      conditions,
      cutShort,
      k6Failure: k6Failed,
      sabotage: options.sabotage === undefined ? [] : sabotageReasons(options.sabotage, all.invariants),
    }),
    telemetry,
    comparison: comparedBare && scenario.compare?.({ bare: comparedBare, wrapped: joined }, load),
  });
  const compared = options.compare ? withEarlierRun(built, options.compare) : built;
  const { report, files } = await keepReport(outDirectory, books, compared, options);
  const raw = Object.values(rawBookFiles).map((name) => path.join(outDirectory, name));
  return { report, files: [...files, ...raw] };
}

interface Turns {
  /** Where the scenario compares. */
  readonly bare: Leg | undefined;
  /** The bare client's where that was cut short, and the wrapped one had no turn. */
  readonly wrapped: Leg;
}

async function takeTurns(
  input: RunInput,
  scenario: Scenario,
  redis: RedisServer | undefined,
): Promise<Turns> {
  const { options, outDirectory, out } = input;
  let bare: Leg | undefined;
  // The bare client has no wrapper that a bug could be planted in.
  const isCompared = options.sabotage === undefined && !(options.isBrief && !scenario.needsBare);
  if (scenario.compare && isCompared) {
    out.write('First the bare client:\n');
    const folder = path.join(outDirectory, bareFolder);
    bare = await runLeg(input, scenario, { isBare: true, outDirectory: folder, redis: undefined });
    await writeBooks(folder, bare.books);
    if (bare.played.cutShort !== undefined) return { bare, wrapped: bare };
    out.write('Now the wrapped client:\n');
  }
  return { bare, wrapped: await runLeg(input, scenario, { isBare: false, outDirectory, redis }) };
}

function scenarioOf({ scenario: name }: LoadTestOptions): Scenario {
  const scenario = scenarios[name];
  if (!scenario) throw new UsageError(`There is no scenario \`${name}\`.`);
  return scenario;
}

/** In the design's order. */
function byId(invariants: readonly Invariant[]): Invariant[] {
  return invariants.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}

/** Compares the books as far as they can agree: a scenario may lose a part of them on purpose. */
function reconcileFor(scenario: Scenario, joined: JoinedBooks, facts: RunFacts): Reconciliation {
  const { books, without } = scenario.judgeable?.(joined, facts) ?? { books: joined, without: [] };
  const { invariants, unjudged } = reconcile(books);
  return { invariants: invariants.filter(({ id }) => !without.includes(id)), unjudged };
}

/** What the scenario itself demands; undefined where a book that it needs is missing, which the reconciliation says. */
function judge(scenario: Scenario, joined: JoinedBooks, load: Load, facts: RunFacts): Judgement | undefined {
  const { mock, telemetry } = joined.books;
  return mock && telemetry.openCalls !== undefined ? scenario.judge?.(joined, load, facts) : undefined;
}
