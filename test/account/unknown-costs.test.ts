import { describe, expect, it } from 'vitest';
import { createStatistics } from '../../src/account/statistics.ts';
import type { Call, CallRequest } from '../../src/call.ts';

interface Sample extends Partial<Omit<Call, 'request'>> {
  readonly request?: Partial<CallRequest>;
}

const unknown = { source: 'unknown' } as const;
const tokens = { source: 'provider', inputTokens: 10, outputTokens: 1 } as const;

function callOf({ request, ...rest }: Sample): Call {
  return {
    request: {
      operation: 'chat',
      endpoint: 'chat',
      method: 'POST',
      route: '/chat/completions',
      model: 'asked',
      streamed: false,
      provider: 'openai',
      serverAddress: '127.0.0.1',
      ...request,
    },
    startedMs: 0,
    endedMs: 1,
    response: {},
    usage: unknown,
    attempts: 1,
    backoffMs: 0,
    chunks: 0,
    outcome: 'ok',
    ...rest,
  };
}

function costOfCalls(samples: readonly Sample[]) {
  const statistics = createStatistics();
  for (const call of samples.map(callOf)) statistics.observer(call)?.ended?.(call);
  return statistics.snapshot().cost;
}

const answeredWith = (status: number) => Object.assign(new Error('from the provider'), { status });

describe('cost.unknownCalls', () => {
  it.each<[string, Sample]>([
    ['whose answer does not tell its tokens', {}],
    ['whose model has no price', { usage: tokens }],
    ['that timed out', { outcome: 'error', errorType: 'timeout', error: new Error('timeout') }],
    [
      'whose connection broke',
      { outcome: 'error', error: Object.assign(new Error(), { status: undefined }) },
    ],
    ['that was cancelled on its way', { outcome: 'cancelled', errorType: 'cancelled' }],
    ['whose good answer holds an error', { outcome: 'error', errorType: 'provider_error' }],
    ['that cannot be read', { outcome: 'error', errorType: 'malformed_response', error: new SyntaxError() }],
    ['that failed with tokens', { outcome: 'error', usage: tokens, error: answeredWith(500) }],
    ['that starts what is billed later', { request: { method: 'POST', route: '/batches' } }],
    ['that reads an answer with tokens', { usage: tokens, request: { method: 'GET' } }],
    ['that throws what is no object', { outcome: 'error', error: 'thrown' }],
  ])('counts a call %s', (_, sample) => {
    expect(costOfCalls([sample]).unknownCalls).toBe(1);
  });

  it.each<[string, Sample]>([
    ['that the provider refused', { outcome: 'error', error: answeredWith(429) }],
    ['that the provider failed', { outcome: 'error', error: answeredWith(503) }],
    ['that Telltale refused', { outcome: 'refused' }],
    ['that was never sent', { outcome: 'cancelled', attempts: 0 }],
    ['that reads', { request: { method: 'GET', route: '/models' } }],
    ['that deletes', { request: { method: 'DELETE', route: '/files/{id}' } }],
    ['for a moderation', { request: { route: '/moderations' } }],
    ['that uploads a file', { request: { method: 'POST', route: '/files' } }],
    ['that uploads a part', { request: { method: 'POST', route: '/uploads/{id}/parts' } }],
    ['that begins a conversation', { request: { method: 'POST', route: '/conversations' } }],
    ['that adds to one', { request: { method: 'POST', route: '/conversations/{id}/items' } }],
    ['that stops a batch', { request: { method: 'POST', route: '/batches/{id}/cancel' } }],
    ['whose cost is known', { usage: tokens, costUsd: 0 }],
  ])('does not count a call %s', (_, sample) => {
    expect(costOfCalls([sample])).toEqual({
      usd: 0,
      unknownCalls: 0,
      unpricedModels: {},
      wastedUsd: 0,
      wastedUsdByOutcome: { error: 0, cancelled: 0, truncated: 0, empty: 0 },
      cacheSavedUsd: 0,
    });
  });
});

describe('cost.unpricedModels', () => {
  it('names the model that answered, or else that was asked for, of calls with tokens', () => {
    const { unknownCalls, unpricedModels } = costOfCalls([
      { usage: tokens },
      { usage: tokens, response: { model: 'answered' } },
      { usage: { ...tokens, source: 'estimated' }, response: { model: 'answered' } },
      { usage: unknown, response: { model: 'answered' } },
    ]);
    expect(unknownCalls).toBe(4);
    expect(unpricedModels).toEqual({ asked: 1, answered: 2 });
  });

  it('is bounded, and holds any name', () => {
    const names = [
      '__proto__',
      'constructor',
      ...Array.from({ length: 98 }, (_, index) => `made-up-${index}`),
    ];
    const samples = [...names, '__proto__'].map((model) => ({ usage: tokens, response: { model } }));
    const { unpricedModels } = costOfCalls(samples);
    expect(Object.keys(unpricedModels)).toHaveLength(21);
    expect(Object.entries(unpricedModels)).toContainEqual(['__proto__', 2]);
    expect(unpricedModels['_other']).toBe(80);
  });

  it('is told by model too', () => {
    const statistics = createStatistics();
    const call = callOf({ usage: tokens, response: { model: 'answered' } });
    statistics.observer(call)?.ended?.(call);
    expect(statistics.snapshot().byModel['asked']?.cost.unpricedModels).toEqual({ answered: 1 });
  });
});
