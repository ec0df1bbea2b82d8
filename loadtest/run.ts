import path from 'node:path';
import { type Books, joinBooks } from './books/join.ts';
import { K6BookKeeper } from './books/k6.ts';
import { childEnv } from './child-env.ts';
import { headerOf } from './header.ts';
import type { K6Config } from './k6/config.ts';
import { type K6, k6Command } from './k6-binary/index.ts';
import { type K6End, k6Arguments, startK6, thresholdsCrossed } from './k6-process.ts';
import type { LoadTestOptions } from './options.ts';
import type { Collector } from './otlp/forward.ts';
import { rawBookFiles } from './otlp/raw-book.ts';
import { phasesOf, type Scenario, scenarios, scheduleOf, thresholdsOf } from './phases.ts';
import { Progress, type Screen } from './progress.ts';
import { reconcile } from './reconcile/index.ts';
import { buildReport } from './report/build.ts';
import { clearOutput, writeBooks, writeReport } from './report/files.ts';
import type { RunReport } from './report/model.ts';
import { verdictOf } from './report/verdict.ts';
import { openStage, type Stage } from './stage.ts';
import { UsageError } from './usage-error.ts';
import { within } from './within.ts';

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

const root = path.dirname(import.meta.dirname);

/** Runs k6 against the stage, then compares the books; resolves with a report whatever happened after k6 began. */
export async function runLoadTest(input: RunInput): Promise<RunResult> {
  const { options, env, k6, collector, outDirectory, out } = input;
  const scenario = scenarioOf(options);
  clearOutput(outDirectory);
  const startedAt = new Date();
  const say = (message: string): void => void out.write(`${message}\n`);
  const stage = await openStage({ options, env, outDirectory, collector, say });
  let played: Played;
  let books: Books;
  try {
    played = await play(input, scenario, stage);
    books = await closeBooks(stage, played);
  } finally {
    await stage.close();
  }
  const { cutShort, k6Failure } = played;
  const joined = joinBooks(books);
  const reconciliation = reconcile(joined);
  const { spans, points } = stage.telemetry();
  const report = buildReport({
    header: headerOf(options, { startedAt, k6Version: k6.version, partial: cutShort !== undefined }),
    scenario,
    joined,
    reconciliation,
    verdict: verdictOf({
      calls: books.k6.calls.length,
      summary: books.k6.summary,
      reconciliation,
      cutShort,
      k6Failure,
    }),
    telemetry: { spans: spans.length, metricPoints: points, exportFailures: stage.exportFailures() },
  });
  const bookFiles = await writeBooks(outDirectory, books);
  const reportFiles = writeReport(outDirectory, report, options.jsonFile);
  const raw = Object.values(rawBookFiles).map((name) => path.join(outDirectory, name));
  return { report, files: [...reportFiles, ...bookFiles, ...raw] };
}

function scenarioOf({ scenario: name }: LoadTestOptions): Scenario {
  const scenario = scenarios[name];
  if (!scenario) throw new UsageError(`There is no scenario \`${name}\`.`);
  return scenario;
}

/** How k6's part went. */
interface Played {
  readonly keeper: K6BookKeeper;
  /** Why it was cut short; undefined when k6 ended by itself. */
  readonly cutShort: string | undefined;
  /** What went wrong with k6 itself. */
  readonly k6Failure: string | undefined;
}

/** What k6 may take beyond the load: its start, calls under way at the end, its summary. */
const overtimeMs = 90_000;

async function play(
  { options, env, k6, out, signal }: RunInput,
  scenario: Scenario,
  stage: Stage,
): Promise<Played> {
  const phases = phasesOf(scenario, options.durationMs);
  const callsPerSecond = options.jsonPerSecond + options.streamsPerSecond;
  const config: K6Config = {
    gatewayUrl: stage.gatewayUrl.origin,
    mockUrl: stage.mockUrl.origin,
    seed: options.seed,
    jsonPerSecond: options.jsonPerSecond,
    streamsPerSecond: options.streamsPerSecond,
    durationMs: options.durationMs,
    mockStart: { seed: options.seed, schedule: scheduleOf(scenario, options.durationMs) },
    phases,
    thresholds: thresholdsOf(scenario, options.durationMs, callsPerSecond),
  };
  const progress = new Progress(out, phases, {
    calls: () => keeper.calls,
    retries: stage.retries,
    offeredPerSecond: callsPerSecond,
  });
  const keeper = new K6BookKeeper(() => progress.start());
  const script = path.join(root, 'loadtest', 'k6', 'run.ts');
  const running = startK6(k6Command(k6, root, k6Arguments(script, config)), childEnv(env, {}), (line) =>
    keeper.take(line),
  );
  const ended = running.ended.then(() => undefined);
  const cutShort = await within(
    Promise.race([ended, stage.died, aborted(signal)]),
    options.durationMs + overtimeMs,
  );
  progress.stop();
  if (cutShort !== undefined) await running.stop();
  const end = await running.ended;
  return {
    keeper,
    cutShort: cutShort === 'late' ? 'k6 did not come to an end' : cutShort,
    k6Failure: cutShort === undefined ? failureOf(end, keeper.messages) : undefined,
  };
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(String(signal.reason));
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

function failureOf({ exitCode, complaints }: K6End, messages: readonly string[]): string | undefined {
  if (exitCode === 0 || exitCode === thresholdsCrossed) return undefined;
  const said = [...messages, ...complaints].slice(-5).join(' | ');
  return `it ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}`;
}

/** Lets the stage finish, then takes what each part has written down. */
async function closeBooks(stage: Stage, { keeper, cutShort }: Played): Promise<Books> {
  const openCalls = await stage.drain();
  const mock = await stage.ledger();
  const { spans, metrics } = stage.telemetry();
  return {
    k6: keeper.close(cutShort !== undefined),
    telemetry: { spans, metrics, openCalls },
    mock,
  };
}
