import type { Books } from './books/join.ts';
import { K6BookKeeper } from './books/k6.ts';
import { childEnv } from './child-env.ts';
import { Director } from './director.ts';
import type { K6Config } from './k6/config.ts';
import { k6Command } from './k6-binary/index.ts';
import { type K6End, k6Arguments, startK6, thresholdsCrossed } from './k6-process.ts';
import { loadOf } from './options.ts';
import type { ReceivedTelemetry } from './otlp/received.ts';
import { phasesOf, scheduleOf, thresholdsOf } from './phases.ts';
import { Progress } from './progress.ts';
import type { RedisServer } from './redis.ts';
import type { RunInput } from './run.ts';
import type { RunFacts, Scenario } from './scenarios/scenario.ts';
import { scriptFile } from './script-file.ts';
import { openStage, type Stage } from './stage.ts';
import { within } from './within.ts';

/** One load on one kind of client, from its start to closed books. */
export interface Leg {
  readonly played: Played;
  readonly books: Books;
  readonly facts: Pick<RunFacts, 'events' | 'samples'>;
  readonly telemetry: {
    readonly spans: number;
    readonly metricPoints: number;
    readonly exportFailures: number;
    readonly received: ReceivedTelemetry;
  };
}

/** Runs k6 against a stage of its own. `outDirectory` is there. */
export async function runLeg(
  input: RunInput,
  scenario: Scenario,
  leg: {
    readonly isBare: boolean;
    readonly outDirectory: string;
    /** Where the gateways hold what they share. */
    readonly redis: RedisServer | undefined;
  },
): Promise<Leg> {
  const { options, env, collector, out } = input;
  const { isBare, outDirectory, redis } = leg;
  const say = (message: string): void => void out.write(`${message}\n`);
  const load = loadOf(options);
  const stage = await openStage({
    options,
    observe: isBare ? undefined : (scenario.options?.(load) ?? {}),
    gateways: scenario.gateways ?? 1,
    redis,
    sampleEveryMs: scenario.isSampled && !isBare ? sampleEveryMs(options.durationMs) : undefined,
    env,
    outDirectory,
    collector,
    say,
  });
  let played: Played;
  let books: Books;
  try {
    played = await play(input, scenario, stage, isBare);
    books = await closeBooks(stage, played);
  } finally {
    await stage.close();
  }
  const { spans, points, received } = stage.telemetry();
  return {
    played,
    books,
    facts: { events: played.events, samples: stage.samples() },
    telemetry: {
      spans: spans.length,
      metricPoints: points,
      exportFailures: stage.exportFailures(),
      received,
    },
  };
}

/** Enough samples to see a slope in; each collects the heap, which holds up the calls, so they are seldom. */
function sampleEveryMs(durationMs: number): number {
  return Math.max(2_000, durationMs / 60);
}

/** What the bare client does is shown, not judged. */
const thresholdsOfBare = { dropped_iterations: ['count==0'] };

/** How k6's part went. */
export interface Played {
  readonly keeper: K6BookKeeper;
  /** Why it was cut short; undefined when k6 ended by itself. */
  readonly cutShort: string | undefined;
  /** What went wrong with k6 itself. */
  readonly k6Failure: string | undefined;
  /** What was done to the stage meanwhile. */
  readonly events: RunFacts['events'];
}

/** What k6 may take beyond the load: its start, calls under way at the end, its summary. */
const overtimeMs = 90_000;

async function play(
  { options, env, k6, out, signal }: RunInput,
  scenario: Scenario,
  stage: Stage,
  isBare: boolean,
): Promise<Played> {
  const load = loadOf(options);
  const phases = phasesOf(scenario, options.durationMs);
  const config: K6Config = {
    gatewayUrls: stage.gatewayUrls.map(({ origin }) => origin),
    mockUrl: stage.mockUrl.origin,
    seed: options.seed,
    jsonPerSecond: options.jsonPerSecond,
    streamsPerSecond: options.streamsPerSecond,
    durationMs: options.durationMs,
    secondsInCall: scenario.secondsInCall ?? 3,
    isPrioritised: scenario.isPrioritised === true,
    areJobs: scenario.offers === 'jobs',
    ...(scenario.leavers ? { leavers: scenario.leavers } : {}),
    mockStart: {
      seed: options.seed,
      schedule: scheduleOf(scenario, options.durationMs),
      ...scenario.provider?.(load),
    },
    phases,
    thresholds: isBare ? thresholdsOfBare : thresholdsOf(scenario, load),
  };
  const progress = new Progress(out, phases, {
    calls: () => keeper.calls,
    retries: stage.retries,
    offeredPerSecond: load.callsPerSecond,
  });
  const director = new Director(stage, isBare ? [] : (scenario.events ?? []), options.durationMs);
  const keeper = new K6BookKeeper(() => {
    progress.start();
    director.start();
  });
  const { root, script } = scriptFile('run');
  const running = startK6(k6Command(k6, root, k6Arguments(script, config)), childEnv(env, {}), (line) =>
    keeper.take(line),
  );
  const ended = running.ended.then(() => undefined);
  const cutShort = await within(
    Promise.race([ended, stage.died, director.failed, aborted(signal)]),
    options.durationMs + overtimeMs,
  );
  progress.stop();
  await director.stop();
  if (cutShort !== undefined) await running.stop();
  const end = await running.ended;
  return {
    keeper,
    cutShort: cutShort === 'late' ? 'k6 did not come to an end' : cutShort,
    k6Failure: cutShort === undefined ? failureOf(end, keeper.messages) : undefined,
    events: director.events,
  };
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(String(signal.reason));
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

function failureOf({ exitCode, signal, complaints }: K6End, messages: readonly string[]): string | undefined {
  if (exitCode === 0 || exitCode === thresholdsCrossed) return undefined;
  const said = [...messages, ...complaints].slice(-5).join(' | ');
  const how = signal === undefined ? `it ended with exit code ${exitCode}` : `it was ended by ${signal}`;
  return `${how}${said === '' ? '' : `: ${said}`}`;
}

/** Lets the stage finish, then takes what each part has written down. */
async function closeBooks(stage: Stage, { keeper, cutShort, k6Failure }: Played): Promise<Books> {
  const gateway = await stage.drain();
  const provider = await stage.provider();
  const { spans, metrics } = stage.telemetry();
  return {
    // A k6 that died has no record of the calls that were under way in it.
    k6: keeper.close(cutShort !== undefined || k6Failure !== undefined),
    telemetry: { spans, metrics, openCalls: gateway?.openCalls },
    mock: provider?.ledger,
    left: { gateway, provider: provider?.left },
  };
}
