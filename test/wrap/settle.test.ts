import { describe, expect, it } from 'vitest';
import { PriceBook } from '../../src/account/price-book.ts';
import type { Call, CallRequest, CallResponse, Usage } from '../../src/call.ts';
import { newAnswer } from '../../src/send/answer.ts';
import { BackgroundJobs } from '../../src/wrap/background-jobs.ts';
import { BatchBook } from '../../src/wrap/batch-book.ts';
import { settleMoney } from '../../src/wrap/settle.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

function costOf(response: CallResponse, usage: Usage, body: CallRequest['body'] = {}): number | undefined {
  const call: Call = {
    request: {
      operation: 'chat',
      endpoint: 'chat',
      method: 'POST',
      route: '/chat/completions',
      model: 'gpt-6-sol',
      streamed: false,
      provider: 'openai',
      serverAddress: '127.0.0.1',
      body,
    },
    startedMs: 0,
    response: {},
    usage: { source: 'unknown' },
    attempts: 1,
    backoffMs: 0,
    chunks: 0,
  };
  settleMoney(call, { ...newAnswer(), response, usage }, 200, {
    prices,
    jobs: new BackgroundJobs(createFakeClock()),
    batches: new BatchBook(),
  });
  return call.costUsd;
}

/** One for all calls, as a client has it. */
const prices = new PriceBook(undefined);
const usage: Usage = {
  source: 'provider',
  inputTokens: 1_000,
  cacheWriteInputTokens: 400,
  outputTokens: 100,
};

describe('settleMoney', () => {
  it('prices a call in the tier that served it', () => {
    const model = 'gpt-6-sol';
    const standard = (600 * 2 + 400 * 2.5 + 100 * 10) / 1e6;
    expect(costOf({ model }, usage)).toBe(standard);
    expect(costOf({ model, serviceTier: 'flex' }, usage)).toBe(standard / 2);
    expect(costOf({ model, serviceTier: 'priority' }, usage)).toBe(standard * 2);
    expect(costOf({ model, serviceTier: 'scale' }, usage)).toBeUndefined();
    expect(costOf({ model, serviceTier: 'default' }, usage)).toBe(standard);
  });

  it('does not price writes to a prompt cache that keeps them for longer', () => {
    const body = { prompt_cache_options: { ttl: '12h' } };
    expect(costOf({ model: 'gpt-6-sol' }, usage, body)).toBeUndefined();
  });
});
