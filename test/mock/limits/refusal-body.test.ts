import { describe, expect, test } from 'vitest';
import { createGate } from '../../../src/mock/limits/gate.ts';
import { type MockLimit, noLimits } from '../../../src/mock/limits/limit.ts';
import { refusalBody } from '../../../src/mock/limits/refusal-body.ts';

/** What a request for `tokens` is told when `used` were taken a moment before. */
function told(limit: MockLimit, { used, tokens, model }: { used: number; tokens: number; model: string }) {
  const gate = createGate({ ...noLimits, limits: [limit] });
  const asked = { nowUs: 0, key: 'any', model };
  const takings = limit.requests === undefined ? [used] : Array<number>(used).fill(1);
  for (const taking of takings) expect(gate.admit({ ...asked, tokens: taking }).refusal).toBeUndefined();
  const { refusal } = gate.admit({ ...asked, tokens });
  if (!refusal) throw new Error('it was let through');
  const { error } = JSON.parse(refusalBody(model, refusal)) as { error: { message: string; type: string } };
  return error;
}

describe('what OpenAI said to users is said again, to the millisecond:', () => {
  const issues: [limit: number, used: number, requested: number, wait: string, model: string][] = [
    // BuilderIO/micro-agent#86, FoundationAgents/MetaGPT#523, semanser/codel#72
    [30_000, 29_937, 385, '644ms', 'gpt-4o'],
    [10_000, 8_554, 3_082, '9.816s', 'gpt-4'],
    [30_000, 14_567, 24_754, '18.642s', 'gpt-4o'],
    // continuedev/continue#11472 and #10502
    [30_000, 18_928, 11_159, '174ms', 'gpt-4.1'],
    [30_000, 28_039, 3_906, '3.89s', 'gpt-4.1'],
    // openai/codex#10062: 34,337.04 ms
    [250_000, 250_000, 143_071, '34.337s', 'gpt-5'],
  ];
  test.each(issues)('Limit %i, Used %i, Requested %i: %s', (tokens, used, requested, wait, model) => {
    expect(told({ tokens, per: 'minute' }, { used, tokens: requested, model })).toEqual({
      message:
        `Rate limit reached for ${model} in organization org-telltale-mock on tokens per min (TPM): ` +
        `Limit ${tokens}, Used ${used}, Requested ${requested}. Please try again in ${wait}. ` +
        'Visit https://platform.openai.com/account/rate-limits to learn more.',
      type: 'tokens',
      param: null,
      code: 'rate_limit_exceeded',
    });
  });

  test('a part of a millisecond is cut off: vercel/ai#2637 was told 634ms for 634.8 ms', () => {
    const { message } = told(
      { tokens: 50_000, per: 'minute' },
      { used: 49_529, tokens: 1_000, model: 'gpt-4o' },
    );
    expect(message).toContain('Please try again in 634ms.');
  });

  test('requests per day, as in feder-cr/invisible_playwright_mcp#109', () => {
    const error = told({ requests: 200, per: 'day' }, { used: 200, tokens: 1, model: 'gpt-4o-mini' });
    expect(error.message).toContain(
      'Rate limit reached for gpt-4o-mini in organization org-telltale-mock on requests per day (RPD): ' +
        'Limit 200, Used 200, Requested 1. Please try again in 7m12s.',
    );
    expect(error.type).toBe('requests');
  });

  test('a request that is too large, as in TheR1D/shell_gpt#653', () => {
    expect(told({ tokens: 30_000, per: 'minute' }, { used: 0, tokens: 31_538, model: 'gpt-4o' })).toEqual({
      message:
        'Request too large for gpt-4o in organization org-telltale-mock on tokens per min (TPM): ' +
        'Limit 30000, Requested 31538. The input or output tokens must be reduced in order to run successfully. ' +
        'Visit https://platform.openai.com/account/rate-limits to learn more.',
      type: 'tokens',
      param: null,
      code: 'rate_limit_exceeded',
    });
  });

  test('the limit is named where the model falls under one of another name, as in continuedev/continue#11717', () => {
    const limit: MockLimit = { tokens: 30_000, per: 'minute', models: ['gpt-4.1*'] };
    const { message } = told(limit, { used: 0, tokens: 37_313, model: 'gpt-4.1-2025-04-14' });
    expect(message).toContain(
      'Request too large for gpt-4.1-2025-04-14 (for limit gpt-4.1*) in organization ',
    );
    const same = { ...limit, models: ['gpt-4.1'] };
    expect(told(same, { used: 0, tokens: 37_313, model: 'gpt-4.1' }).message).toContain(
      'for gpt-4.1 in organization ',
    );
  });
});

test.each([
  [
    { requests: 3, per: 'minute' },
    'on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.',
  ],
  [
    { tokens: 3, per: 'day' },
    'on tokens per day (TPD): Limit 3, Used 3, Requested 1. Please try again in 8h0m0s.',
  ],
  [
    { requests: 3, per: 'hour' },
    'on requests per hour (RPH): Limit 3, Used 3, Requested 1. Please try again in 20m0s.',
  ],
  [
    { tokens: 3, per: 'second' },
    'on tokens per sec (TPS): Limit 3, Used 3, Requested 1. Please try again in 333ms.',
  ],
  [
    { requests: 3, perMs: 90_000 },
    'on requests per 1m30s: Limit 3, Used 3, Requested 1. Please try again in 30s.',
  ],
] satisfies [MockLimit, string][])('the limit %j is told as: %s', (limit, text) => {
  expect(told(limit, { used: 3, tokens: 1, model: 'gpt-5' }).message).toContain(text);
});
