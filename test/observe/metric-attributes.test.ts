import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Attempt, Call } from '../../src/call.ts';
import { createTelemetry } from '../../src/observe/telemetry.ts';
import { exampleCall } from './example-call.ts';
import { registerMetrics } from './support.ts';

let measuring: ReturnType<typeof registerMetrics>;
beforeEach(() => {
  measuring = registerMetrics();
});
afterEach(async () => {
  await measuring.stop();
});

const ofRequest = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5-mini' };

function attemptOf(call: Call, index: number, end: Partial<Attempt>): Attempt {
  return { call, index, startedMs: 0, sent: true, endedMs: 5, ...end };
}

async function attributesOf(name: string): Promise<readonly unknown[]> {
  return (await measuring.points())
    .filter((point) => point.name === name)
    .map(({ attributes }) => attributes);
}

it('an attempt says how it ended, and a retry why it was made', async () => {
  const call = exampleCall();
  const told = createTelemetry({ openCalls: () => 0 })(call);
  told?.attemptEnded?.(attemptOf(call, 0, { status: 429, errorType: '429' }));
  told?.attemptEnded?.(attemptOf(call, 1, { status: 200 }));
  expect(await attributesOf('telltale.attempts')).toEqual([
    { ...ofRequest, 'http.response.status_code': 429, 'error.type': '429' },
    { ...ofRequest, 'http.response.status_code': 200 },
  ]);
  expect(await attributesOf('telltale.retries')).toEqual([{ ...ofRequest, 'telltale.reason': '429' }]);
});

it('a wait between attempts says whose rule it follows', async () => {
  const call = exampleCall();
  const told = createTelemetry({ openCalls: () => 0 })(call);
  for (const rule of ['server', 'policy'] as const)
    told?.backoffEnded?.({ call, startedMs: 0, endedMs: 500, rule, reason: '429' });
  expect(await attributesOf('telltale.backoff.wait')).toEqual([
    { ...ofRequest, 'telltale.wait.rule': 'server' },
    { ...ofRequest, 'telltale.wait.rule': 'policy' },
  ]);
});

it('a wait for a limit says its priority, and a refusal its reason and limit', async () => {
  const call = exampleCall();
  const throttle = { call, startedMs: 0, endedMs: 9, priority: 'low', ahead: 0, tokens: 1 } as const;
  const told = createTelemetry({ openCalls: () => 0 })(call);
  told?.throttled?.(throttle);
  told?.throttled?.({ ...throttle, refusal: 'queue_full', limit: 'requests/minute' });
  const ofWait = { ...ofRequest, 'telltale.priority': 'low' };
  expect(await attributesOf('telltale.throttle.wait')).toEqual([ofWait]);
  expect(await attributesOf('telltale.refusals')).toEqual([
    { ...ofWait, 'telltale.reason': 'queue_full', 'telltale.limit': 'requests/minute' },
  ]);
});

it('a chunk of a stream says whose it is, and no more', async () => {
  const call = { ...exampleCall(), chunks: 2 };
  const told = createTelemetry({ openCalls: () => 0 })(call);
  told?.chunkRead?.(call, 20);
  expect(await attributesOf('gen_ai.client.operation.time_per_output_chunk')).toEqual([
    { ...ofRequest, 'gen_ai.provider.name': 'openai' },
  ]);
});
