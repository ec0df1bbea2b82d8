import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Rate, Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { callIdOf, traceparentOf } from './call-id.ts';
import { phaseOf } from './phase-of.ts';
import type { CallerOutcome, K6Call, K6Line } from './record.ts';
import { type K6Request, type K6TargetConfig, targetScenario } from './target-config.ts';
import { requestAt } from './target-mix.ts';

const config = JSON.parse(__ENV['TELLTALE_LOADTEST'] ?? '{}') as K6TargetConfig;

const callOk = new Rate('call_ok');
const callDuration = new Trend('call_duration', true);
const firstChunk = new Trend('first_chunk', true);

/** A call that meets a bad minute may take as long as that; each virtual user makes one at a time. */
const secondsInCall = Math.max(1, Math.min(config.timeoutMs / 1_000, 15));

export const options: Options = {
  scenarios: {
    [targetScenario]: {
      executor: 'constant-arrival-rate',
      rate: config.perSecond,
      timeUnit: '1s',
      duration: `${config.durationMs}ms`,
      preAllocatedVUs: Math.max(10, Math.ceil(config.perSecond * secondsInCall)),
      maxVUs: Math.max(20, Math.ceil(config.perSecond * secondsInCall * 2)),
      gracefulStop: `${config.timeoutMs + 5_000}ms`,
    },
  },
  thresholds: Object.fromEntries(Object.entries(config.thresholds).map(([name, list]) => [name, [...list]])),
  systemTags: ['scenario', 'check'],
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
  setupTimeout: '30s',
};

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

export default function iterate(start: Start): void {
  const { iterationInTest } = exec.scenario;
  const asked = requestAt(config.requests, iterationInTest);
  const callId = callIdOf(config.seed, targetScenario, iterationInTest);
  const startedMs = Date.now() - start.epochMs;
  const phase = phaseOf(config.phases, startedMs);
  const response = http.request(asked.method, asked.url, asked.body, {
    headers: { ...asked.headers, traceparent: traceparentOf(callId), 'x-call-id': callId },
    timeout: `${config.timeoutMs}ms`,
    responseType: 'none',
    // What the service answers is what is judged, and a redirect may lead away from this machine.
    redirects: 0,
  });
  const outcome = outcomeOf(asked, response);
  const tags = {
    phase: phase.name,
    kind: asked.isStream ? 'stream' : 'json',
    request: asked.name,
    settled: phase.settled ? 'yes' : 'no',
  };
  const { duration, waiting } = response.timings;
  check(response, { 'got an answer': () => outcome !== 'lost' });
  callOk.add(outcome === 'ok', tags);
  callDuration.add(duration, tags);
  if (asked.isStream && outcome === 'ok') firstChunk.add(waiting, tags);
  const call: K6Call = {
    callId,
    kind: 'request',
    streamed: asked.isStream,
    model: asked.name,
    phase: phase.name,
    startedMs,
    durationMs: duration,
    firstByteMs: waiting,
    httpStatus: response.status,
    ...retryAfterOf(response),
    outcome,
    ...(asked.isStream && outcome === 'ok' ? { firstChunkMs: waiting } : {}),
    ...(outcome === 'lost' ? { errorClass: response.error.slice(0, 200) } : {}),
  };
  write({ k6: 'call', ...call });
}

function outcomeOf({ accept }: K6Request, { status, error }: RefinedResponse<'none'>): CallerOutcome {
  // k6 forgets the status of an answer whose body broke off.
  if (status === 0) return error === 'unexpected EOF' ? 'truncated' : 'lost';
  if (accept.length > 0 ? accept.includes(status) : status >= 200 && status < 300) return 'ok';
  return status === 429 ? 'refused' : 'error';
}

function retryAfterOf({ headers }: RefinedResponse<'none'>): Pick<K6Call, 'retryAfterS'> {
  const seconds = Number(headers['Retry-After']);
  return Number.isFinite(seconds) ? { retryAfterS: seconds } : {};
}

export function handleSummary(data: unknown): Record<string, string> {
  return { stdout: `\n${JSON.stringify({ k6: 'summary', data } satisfies K6Line)}\n` };
}

function write(line: K6Line): void {
  console.log(JSON.stringify(line));
}
