import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Rate, Trend } from 'k6/metrics';
import type { Options, Scenario } from 'k6/options';
import type { CallAnswer } from '../gateway/answer.ts';
import { callIdOf, traceparentOf } from './call-id.ts';
import type { K6Config } from './config.ts';
import { type Ask, jsonAsk, prioritised, streamAsk } from './mix.ts';
import { phaseOf } from './phase-of.ts';
import type { K6Call, K6Line } from './record.ts';

const config = JSON.parse(__ENV['TELLTALE_LOADTEST'] ?? '{}') as K6Config;

const callOk = new Rate('call_ok');
const callDuration = new Trend('call_duration', true);
const firstChunk = new Trend('first_chunk', true);

export const options: Options = {
  scenarios: {
    json: scenario('json', config.jsonPerSecond),
    streams: scenario('streams', config.streamsPerSecond),
  },
  thresholds: Object.fromEntries(Object.entries(config.thresholds).map(([name, list]) => [name, [...list]])),
  // Fewer tags make fewer time series: k6 shares two cores with what it measures.
  systemTags: ['scenario', 'check'],
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  setupTimeout: '30s',
};

function scenario(name: string, perSecond: number): Scenario {
  return {
    executor: 'constant-arrival-rate',
    exec: name,
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
  const answer = http.post(`${config.mockUrl}/__control/start`, JSON.stringify(config.mockStart), {
    headers: { 'content-type': 'application/json' },
  });
  if (answer.status !== 200) exec.test.abort(`The mock did not start: HTTP ${answer.status} ${answer.error}`);
  write({ k6: 'started' });
  return { epochMs: Date.now() };
}

export function json(start: Start): void {
  iterate(start, jsonAsk(exec.scenario.iterationInTest), false);
}

export function streams(start: Start): void {
  iterate(start, streamAsk(exec.scenario.iterationInTest), true);
}

function iterate(start: Start, plain: Ask, streamed: boolean): void {
  const { iterationInTest } = exec.scenario;
  const ask = config.isPrioritised ? prioritised(plain, iterationInTest) : plain;
  const gatewayUrl = config.gatewayUrls[iterationInTest % config.gatewayUrls.length];
  const callId = callIdOf(config.seed, exec.scenario.name, iterationInTest);
  const startedMs = Date.now() - start.epochMs;
  const phase = phaseOf(config.phases, startedMs);
  const response = http.post(`${gatewayUrl}${ask.path}`, JSON.stringify(ask), {
    headers: { 'content-type': 'application/json', traceparent: traceparentOf(callId), 'x-call-id': callId },
    timeout: '60s',
  });
  const answer = answerOf(response);
  const outcome = answer?.callId === callId ? answer.outcome : 'lost';
  const tags = {
    phase: phase.name,
    kind: streamed ? 'stream' : 'json',
    settled: phase.settled ? 'yes' : 'no',
  };
  check(response, { 'answered with exactly one outcome': () => outcome !== 'lost' });
  callOk.add(outcome === 'ok', tags);
  callDuration.add(response.timings.duration, tags);
  if (answer?.firstChunkMs !== undefined) firstChunk.add(answer.firstChunkMs, tags);
  const {
    callId: _id,
    outcome: _outcome,
    errorMessage: _message,
    ...seen
  } = answer ?? ({} as Partial<CallAnswer>);
  const call: K6Call = {
    callId,
    kind: ask.kind,
    streamed,
    model: ask.model,
    ...(ask.priority === undefined ? {} : { priority: ask.priority }),
    phase: phase.name,
    startedMs,
    durationMs: response.timings.duration,
    firstByteMs: response.timings.waiting,
    httpStatus: response.status,
    ...retryAfterOf(response),
    outcome,
    ...seen,
  };
  write({ k6: 'call', ...call });
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
