import path from 'node:path';
import type { Books } from '../books/join.ts';
import { K6BookKeeper } from '../books/k6.ts';
import { childEnv } from '../child-env.ts';
import { headerOf } from '../header.ts';
import { type K6TargetConfig, targetScenario } from '../k6/target-config.ts';
import { type K6, k6Command } from '../k6-binary/index.ts';
import { k6Arguments, startK6, thresholdsCrossed } from '../k6-process.ts';
import { phasesOf, scheduleOf } from '../phases.ts';
import { Progress, type Screen } from '../progress.ts';
import { buildReport } from '../report/build.ts';
import { claimFolder } from '../report/claim.ts';
import { withEarlierRun } from '../report/earlier.ts';
import { clearOutput, keepReport } from '../report/files.ts';
import type { RunReport } from '../report/model.ts';
import { verdictOf } from '../report/verdict.ts';
import { RunFailure } from '../run-failure.ts';
import { scenarios } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { scriptFile } from '../script-file.ts';
import { within } from '../within.ts';
import { joinByRequest } from './books.ts';
import { conditionsOn, notesOn, reconcileTarget } from './judge.ts';
import type { TargetOptions } from './options.ts';
import { type OwnService, startOwnService, waitForService } from './service.ts';
import { openTargetStage, type TargetStage } from './stage.ts';

export interface TargetRun {
  readonly options: TargetOptions;
  readonly env: NodeJS.ProcessEnv;
  readonly k6: K6;
  readonly outDirectory: string;
  readonly out: Screen;
  /** Cuts the run short; its reason is a text. */
  readonly signal: AbortSignal;
}

export interface TargetResult {
  readonly report: RunReport;
  readonly notes: readonly string[];
  readonly files: readonly string[];
}

const startMs = 60_000;

/** Runs k6 against a service of the user's, in front of the mock, then looks at the books there are. */
export async function runTarget(input: TargetRun): Promise<TargetResult> {
  const release = claimFolder(input.outDirectory);
  try {
    return await runInFolder(input);
  } finally {
    release();
  }
}

async function runInFolder(input: TargetRun): Promise<TargetResult> {
  const { options, env, outDirectory, out, signal } = input;
  const scenario = scenarioOf(options);
  clearOutput(outDirectory);
  const startedAt = new Date();
  const stage = await openTargetStage({ options, env, outDirectory });
  let service: OwnService | undefined;
  let books: Books;
  let played: Played;
  try {
    out.write(`${pointers(stage)}\n`);
    if (options.exec !== undefined) {
      service = startOwnService(options.exec, serviceEnv(env, stage), path.join(outDirectory, 'service.log'));
    }
    await waitForService(options.origin, { timeoutMs: startMs, service, signal });
    played = await play(input, scenario, stage, service);
    books = await closeBooks(stage, played, service);
  } finally {
    await service?.stop();
    await stage.close();
  }
  const received = stage.received();
  const reconciliation = reconcileTarget(books);
  const conditions = conditionsOn(books, options);
  const { cutShort, k6Failure } = played;
  const streamed = streamedShare(options.requests);
  const notes = notesOn(books, received.refused);
  const built = buildReport({
    header: headerOf(
      {
        ...options,
        jsonPerSecond: options.perSecond * (1 - streamed),
        streamsPerSecond: options.perSecond * streamed,
      },
      { startedAt, k6Version: input.k6.version, partial: cutShort !== undefined },
    ),
    scenario,
    joined: joinByRequest(books),
    generated: [{ name: targetScenario, perSecond: options.perSecond }],
    notes,
    reconciliation,
    conditions,
    serviceLevel: options.serviceLevel,
    verdict: verdictOf({
      calls: books.k6.calls.length,
      summary: books.k6.summary,
      reconciliation,
      conditions,
      cutShort,
      k6Failure,
    }),
    telemetry: { metricPoints: stage.points(), exportFailures: 0, received },
  });
  const compared = options.compare ? withEarlierRun(built, options.compare) : built;
  const { report, files } = await keepReport(outDirectory, books, compared, options);
  const log = options.exec === undefined ? [] : [path.join(outDirectory, 'service.log')];
  return { report, notes, files: [...files, ...log] };
}

/** The part of the requests that are answered with a stream. */
function streamedShare(requests: TargetOptions['requests']): number {
  const weights = (of: TargetOptions['requests']): number => of.reduce((sum, { weight }) => sum + weight, 0);
  return weights(requests.filter(({ isStream }) => isStream)) / weights(requests);
}

function scenarioOf({ scenario: name }: TargetOptions): Scenario {
  const scenario = scenarios[name];
  if (!scenario) throw new RunFailure(`There is no scenario \`${name}\`.`);
  return scenario;
}

/** What the service has to be told, as it would stand in a shell. */
function variables({ mockUrl, otlpUrl }: TargetStage): Readonly<Record<string, string>> {
  return {
    OPENAI_BASE_URL: mockUrl.href,
    OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  };
}

function pointers(stage: TargetStage): string {
  const lines = Object.entries(variables(stage)).map(([name, value]) => `  ${name}=${value}`);
  return ['The service is expected to run with', ...lines].join('\n');
}

/** Batches leave often, so that nothing is still on its way when the books are closed. */
function serviceEnv(env: NodeJS.ProcessEnv, stage: TargetStage): NodeJS.ProcessEnv {
  return {
    OPENAI_API_KEY: 'mock',
    OTEL_BSP_SCHEDULE_DELAY: '500',
    OTEL_BSP_MAX_QUEUE_SIZE: '100000',
    OTEL_METRIC_EXPORT_INTERVAL: '2000',
    OTEL_METRIC_EXPORT_TIMEOUT: '2000',
    ...env,
    ...variables(stage),
  };
}

interface Played {
  readonly keeper: K6BookKeeper;
  readonly cutShort: string | undefined;
  readonly k6Failure: string | undefined;
}

const overtimeMs = 90_000;

async function play(
  { options, env, k6, out, signal }: TargetRun,
  scenario: Scenario,
  stage: TargetStage,
  service: OwnService | undefined,
): Promise<Played> {
  const { seed, durationMs, perSecond, timeoutMs, requests } = options;
  const phases = phasesOf(scenario, durationMs);
  const config: K6TargetConfig = {
    requests,
    mockUrl: stage.mockUrl.origin,
    seed,
    perSecond,
    durationMs,
    timeoutMs,
    mockStart: { seed, schedule: scheduleOf(scenario, durationMs) },
    phases,
    thresholds: { dropped_iterations: ['count==0'] },
  };
  const progress = new Progress(out, phases, {
    calls: () => keeper.calls,
    retries: () => 0,
    offeredPerSecond: perSecond,
  });
  const keeper = new K6BookKeeper(() => progress.start());
  const { root, script } = scriptFile('target');
  const running = startK6(k6Command(k6, root, k6Arguments(script, config)), childEnv(env, {}), (line) =>
    keeper.take(line),
  );
  const cutShort = await within(
    Promise.race([
      running.ended.then(() => undefined),
      stage.died,
      ...(service ? [service.ended.then((how) => `the service ${how}`)] : []),
      aborted(signal),
    ]),
    durationMs + timeoutMs + overtimeMs,
  );
  progress.stop();
  if (cutShort !== undefined) await running.stop();
  const { exitCode, complaints } = await running.ended;
  const isWell = exitCode === 0 || exitCode === thresholdsCrossed;
  return {
    keeper,
    cutShort: cutShort === 'late' ? 'k6 did not come to an end' : cutShort,
    k6Failure:
      isWell || cutShort !== undefined
        ? undefined
        : `it ended with exit code ${exitCode}: ${[...keeper.messages, ...complaints].slice(-5).join(' | ')}`,
  };
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const tell = (): void => resolve(String(signal.reason));
    if (signal.aborted) tell();
    else signal.addEventListener('abort', tell, { once: true });
  });
}

/** A service that this command started ends first, so that it sends what it has; another is given time to. */
async function closeBooks(
  stage: TargetStage,
  { keeper, cutShort }: Played,
  service: OwnService | undefined,
): Promise<Books> {
  const provider = await stage.provider();
  await service?.stop();
  await stage.quiet(service === undefined);
  const { spans, metrics } = stage.telemetry();
  return {
    k6: keeper.close(cutShort !== undefined),
    telemetry: { spans, metrics, openCalls: undefined },
    mock: provider?.ledger,
    left: { gateway: undefined, provider: provider?.left },
  };
}
