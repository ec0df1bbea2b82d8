import { check, sleep } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Counter, Rate, Trend } from 'k6/metrics';
import type { Options, Scenario } from 'k6/options';
import type { CallAnswer } from '../gateway/answer.ts';
import { askGateway } from './ask-gateway.ts';
import { callIdOf } from './call-id.ts';
import type { K6Config } from './config.ts';
import { isOver, pollPauseMs } from './job.ts';
import { leavesAfterMs } from './leave.ts';
import { type Ask, jobAsk, jsonAsk, pollAsk, prioritised, streamAsk } from './mix.ts';
import { phaseOf } from './phase-of.ts';
import type { K6Call, K6Line } from './record.ts';

const config = JSON.parse(__ENV['TELLTALE_LOADTEST'] ?? '{}') as K6Config;

const callOk = new Rate('call_ok');
const callDuration = new Trend('call_duration', true);
const firstChunk = new Trend('first_chunk', true);
const chunkGap = new Trend('chunk_gap', true);
/** An iteration may make several: a job is started, then polled. */
const callsMade = new Counter('calls_made');

export const options: Options = {
  scenarios: {
    ...(config.jsonPerSecond > 0
      ? { json: scenario(config.areJobs ? 'jobs' : 'json', config.jsonPerSecond) }
      : {}),
    ...(config.streamsPerSecond > 0 ? { streams: scenario('streams', config.streamsPerSecond) } : {}),
  },
  thresholds: Object.fromEntries(Object.entries(config.thresholds).map(([name, list]) => [name, [...list]])),
  // Fewer tags make fewer time series: k6 shares two cores with what it measures.
  systemTags: ['scenario', 'check'],
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  setupTimeout: '30s',
};

function scenario(exec: string, perSecond: number): Scenario {
  return {
    executor: 'constant-arrival-rate',
    exec,
    rate: perSecond,
    timeUnit: '1s',
    duration: `${config.durationMs}ms`,
    // A call that is refused twice with a Retry-After of a second takes about three; one that is held through an outage, as long as that.
    preAllocatedVUs: Math.max(10, perSecond * config.secondsInCall),
    maxVUs: Math.max(20, perSecond * config.secondsInCall * 2),
    gracefulStop: '30s',
  };
}

interface Start {
  readonly epochMs: number;
}

export function setup(): Start {
  for (const url of config.gatewayUrls) {
    const answer = http.get(`${url}/healthz`);
    if (answer.status !== 200) exec.test.abort(say('gateway', url, answer));
  }
  const answer = http.post(`${config.mockUrl}/__control/start`, JSON.stringify(config.mockStart), {
    headers: { 'content-type': 'application/json' },
  });
  if (answer.status !== 200) exec.test.abort(say('mock provider', config.mockUrl, answer));
  write({ k6: 'started' });
  return { epochMs: Date.now() };
}

/** Why the run cannot begin. */
function say(name: string, url: string, { status, error, body }: RefinedResponse<'text'>): string {
  return status === 0
    ? `The ${name} at ${url} cannot be reached from k6: ${error}`
    : `The ${name} at ${url} answered with HTTP ${status}: ${body}`;
}

export function json(start: Start): void {
  iterate(start, jsonAsk(exec.scenario.iterationInTest), 'json');
}

export function streams(start: Start): void {
  iterate(start, streamAsk(exec.scenario.iterationInTest), 'stream');
}

export function jobs(start: Start): void {
  const { iterationInTest } = exec.scenario;
  const ask = jobAsk(iterationInTest);
  const begunMs = Date.now();
  let job = call(start, ask, 'job', `${exec.scenario.name} start`).job;
  for (let poll = 0; job && !isOver(job.status); poll++) {
    const pauseMs = pollPauseMs(Date.now() - begunMs);
    if (pauseMs === undefined) return;
    sleep(pauseMs / 1_000);
    job = call(start, pollAsk(ask, job.id), 'job', `${exec.scenario.name} poll ${poll}`).job ?? job;
  }
}

type Kind = 'json' | 'stream' | 'job';

function iterate(start: Start, plain: Ask, kind: Kind): void {
  const ask = config.isPrioritised ? prioritised(plain, exec.scenario.iterationInTest) : plain;
  call(start, ask, kind, exec.scenario.name);
}

/** Makes one call, and notes what its caller saw; `name` and the iteration make its id. */
function call(start: Start, ask: Ask, kind: Kind, name: string): K6Call {
  const { iterationInTest } = exec.scenario;
  const callId = callIdOf(config.seed, name, iterationInTest);
  const leaves = leavesAfterMs(config.leavers, config.seed, name, iterationInTest);
  const startedMs = Date.now() - start.epochMs;
  const phase = phaseOf(config.phases, startedMs);
  const { response, gateway, hasLeft } = askGateway(config.gatewayUrls, iterationInTest, {
    callId,
    ask,
    leavesAfterMs: leaves,
  });
  callsMade.add(1);
  const answer = hasLeft ? undefined : answerOf(response);
  const outcome = hasLeft ? 'cancelled' : answer?.callId === callId ? answer.outcome : 'lost';
  const tags = {
    phase: phase.name,
    kind,
    settled: phase.settled ? 'yes' : 'no',
    leaves: leaves === undefined ? 'no' : 'yes',
    gateway: `${gateway}`,
  };
  check(response, { 'answered with exactly one outcome': () => outcome !== 'lost' }, tags);
  callOk.add(outcome === 'ok', tags);
  callDuration.add(response.timings.duration, tags);
  if (answer?.firstChunkMs !== undefined) firstChunk.add(answer.firstChunkMs, tags);
  if (answer?.chunkGapMs !== undefined) chunkGap.add(answer.chunkGapMs, tags);
  const {
    callId: _id,
    outcome: _outcome,
    errorMessage: _message,
    ...seen
  } = answer ?? ({} as Partial<CallAnswer>);
  const record: K6Call = {
    callId,
    kind: ask.kind,
    streamed: kind === 'stream',
    model: ask.model,
    ...(ask.priority === undefined ? {} : { priority: ask.priority }),
    phase: phase.name,
    startedMs,
    durationMs: hasLeft ? (leaves ?? 0) : response.timings.duration,
    firstByteMs: response.timings.waiting,
    httpStatus: response.status,
    ...retryAfterOf(response),
    outcome,
    gateway,
    ...(hasLeft && leaves !== undefined ? { leftAfterMs: leaves } : {}),
    ...seen,
  };
  write({ k6: 'call', ...record });
  return record;
}

function retryAfterOf({ headers }: RefinedResponse<'text'>): Pick<K6Call, 'retryAfterS'> {
  const seconds = headers['Retry-After'];
  return seconds === undefined ? {} : { retryAfterS: Number(seconds) };
}

/** The last line of the body is what the application got, whether there were chunks before it or not. */
function answerOf(response: RefinedResponse<'text'>): CallAnswer | undefined {
  const body = response.body ?? '';
  try {
    return JSON.parse(body.slice(body.lastIndexOf('\n') + 1)) as CallAnswer;
  } catch {
    return undefined;
  }
}

export function handleSummary(data: unknown): Record<string, string> {
  return { stdout: `\n${JSON.stringify({ k6: 'summary', data } satisfies K6Line)}\n` };
}

function write(line: K6Line): void {
  console.log(JSON.stringify(line));
}
