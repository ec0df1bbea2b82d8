import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visibleTokens } from '../../src/mock/answers/part.ts';
import { complete, type Question } from '../../src/mock/completion.ts';

const question = fc.record({
  seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  callId: fc.string({ minLength: 1 }),
  model: fc.constantFrom('gpt-5', 'gpt-5-mini', 'o3', 'gpt-4o', 'gpt-5-chat-latest', 'my-own'),
  inputTokens: fc.nat(300_000),
  cachedTokens: fc.constant(0),
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
    cachedTokens: 0,
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
        const { usage, choices, finishReason } = complete(asked);
        const seen = visibleTokens(choices[0].parts);
        const { maxTokens = Number.POSITIVE_INFINITY } = asked;
        expect(usage.outputTokens).toBe(usage.reasoningTokens + seen);
        expect(usage.outputTokens).toBeLessThanOrEqual(maxTokens);
        expect(usage.inputTokens).toBe(asked.inputTokens);
        if (finishReason === 'length') expect(usage.outputTokens).toBe(maxTokens);
        else expect(seen).toBeGreaterThanOrEqual(8);
      }),
    );
  });

  test('is the same for the same seed and call id, and another for others', () => {
    const lengths = (seed: number) =>
      Array.from({ length: 50 }, (_, n) =>
        visibleTokens(complete(ask({ seed, callId: `call-${n}` })).choices[0].parts),
      );
    expect(lengths(1)).toEqual(lengths(1));
    expect(lengths(1)).not.toEqual(lengths(2));
    expect(new Set(lengths(1)).size).toBeGreaterThan(15);
    const text = (callId: string) => complete(ask({ callId })).choices[0].parts[0]?.said.text();
    expect(text('a')).toBe(text('a'));
    expect(new Set(['a', 'b', 'c', 'd'].map(text)).size).toBeGreaterThan(1);
  });

  test('spends its whole allowance on reasoning where that is small', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 64 }), (callId, maxTokens) => {
        const { usage, choices, finishReason } = complete(ask({ model: 'gpt-5', callId, maxTokens }));
        expect(usage.reasoningTokens).toBe(maxTokens);
        expect(visibleTokens(choices[0].parts)).toBe(0);
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
