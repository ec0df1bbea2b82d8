import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { complete, type Question } from '../../src/mock/completion.ts';

const question = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  callId: fc.string({ minLength: 1 }),
  model: fc.constantFrom('gpt-5', 'gpt-5-mini', 'o3', 'gpt-4o', 'gpt-5-chat-latest', 'my-own'),
  inputTokens: fc.nat(300_000),
  maxTokens: fc.option(fc.integer({ min: 1, max: 600 }), { nil: undefined }),
  effort: fc.constantFrom(undefined, 'none', 'minimal', 'low', 'medium', 'high', 'strange'),
  outputTokens: fc.constant({ min: 8, max: 40 }),
});

function ask(changes: Partial<Question>): Question {
  return {
    seed: 1,
    callId: 'call-1',
    model: 'gpt-4o',
    inputTokens: 10,
    maxTokens: undefined,
    effort: undefined,
    outputTokens: { min: 8, max: 40 },
    ...changes,
  };
}

describe('a completion', () => {
  test('adds up, stays within its cap and says why it ended', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { usage, visibleTokens, finishReason } = complete(asked);
        const { maxTokens = Number.POSITIVE_INFINITY } = asked;
        expect(usage.outputTokens).toBe(usage.reasoningTokens + visibleTokens);
        expect(usage.outputTokens).toBeLessThanOrEqual(maxTokens);
        expect(usage.inputTokens).toBe(asked.inputTokens);
        expect(usage.cachedTokens).toBeLessThanOrEqual(usage.inputTokens);
        expect(usage.cachedTokens % 128).toBe(0);
        if (usage.inputTokens < 1_024) expect(usage.cachedTokens).toBe(0);
        if (finishReason === 'length') expect(usage.outputTokens).toBe(maxTokens);
        else expect(visibleTokens).toBeGreaterThanOrEqual(8);
      }),
    );
  });

  test('is the same for the same seed and call id, and another for others', () => {
    const lengths = (seed: number) =>
      Array.from({ length: 50 }, (_, n) => complete(ask({ seed, callId: `call-${n}` })).visibleTokens);
    expect(lengths(1)).toEqual(lengths(1));
    expect(lengths(1)).not.toEqual(lengths(2));
    expect(new Set(lengths(1)).size).toBeGreaterThan(15);
    const text = (callId: string) => complete(ask({ callId })).wording.text(8);
    expect(text('a')).toBe(text('a'));
    expect(new Set(['a', 'b', 'c', 'd'].map(text)).size).toBeGreaterThan(1);
  });

  test('reads a part of a long prompt from the cache', () => {
    const shares = Array.from({ length: 500 }, (_, n) => {
      return complete(ask({ callId: `call-${n}`, inputTokens: 12_800 })).usage.cachedTokens / 12_800;
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.6);
  });

  test('spends its whole allowance on reasoning where that is small', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (callId, maxTokens) => {
        const { usage, visibleTokens, finishReason } = complete(ask({ model: 'gpt-5', callId, maxTokens }));
        expect(usage.reasoningTokens).toBe(maxTokens);
        expect(visibleTokens).toBe(0);
        expect(finishReason).toBe('length');
      }),
    );
  });

  test.each([
    ['gpt-5', undefined, [64, 128, 192]],
    ['gpt-5', 'low', [64]],
    ['o4-mini', 'high', [64, 128, 192, 256, 320, 384]],
    ['gpt-5', 'minimal', [0]],
    ['gpt-5.1', 'none', [0]],
    ['gpt-5-chat-latest', undefined, [0]],
    ['gpt-4o', 'high', [0]],
    ['omni-moderation', undefined, [0]],
  ])('of %s at effort %s reasons for %j tokens', (model, effort, expected) => {
    const seen = Array.from({ length: 200 }, (_, n) => {
      return complete(ask({ callId: `call-${n}`, model, effort })).usage.reasoningTokens;
    });
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(expected);
  });
});
