import { describe, expect, test } from 'vitest';
import { checkLimits } from '../../src/admit/check-limits.ts';
import { limitPresets } from '../../src/admit/limit-presets.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

describe('a preset', () => {
  test.each(Object.keys(limitPresets))('%s is a list of limits that hold', (name) => {
    expect(checkLimits('options.limits', name).length).toBeGreaterThan(0);
  });

  test('is the same as its limits written down', () => {
    expect(checkLimits('options.limits', 'tier-1')).toEqual(
      checkLimits('options.limits', limitPresets['tier-1']),
    );
  });

  test.each(['gpt-4o', 'gpt-4o-mini', 'gpt-4', 'gpt-4-turbo', 'gpt-4o-2024-08-06', 'gpt-4o-mini-2024-07-18'])(
    'holds %s by limits of its own family alone',
    async (model) => {
      const limiter = createLimiter({ limits: 'tier-1', clock: createFakeClock() });
      await limiter.acquire({ model, tokens: 100 });
      const used = limiter.stats().limits.filter((limit) => limit.used > 0);
      const family = model.replace(/-20.*/, '');
      expect(used.map(({ limit }) => limit.split(' ')[1]?.split(',')[0])).toEqual(used.map(() => family));
      expect(used.filter(({ windowMs }) => windowMs === 60_000)).toHaveLength(2);
    },
  );

  test.each([
    ['tier-1', 500_000, 500_000],
    ['tier-2', 1_000_000, 2_000_000],
    ['tier-3', 2_000_000, 4_000_000],
    ['tier-4', 4_000_000, 10_000_000],
    ['tier-5', 40_000_000, 180_000_000],
  ] as const)('%s holds gpt-5 and gpt-5-mini by tokens', async (limits, full, mini) => {
    const limiter = createLimiter({ limits, clock: createFakeClock() });
    await limiter.acquire({ model: 'gpt-5-2025-08-07', tokens: 7 });
    await limiter.acquire({ model: 'gpt-5-mini', tokens: 9 });
    await limiter.acquire({ model: 'gpt-5-nano', tokens: 11 });
    const used = limiter.stats().limits.filter((limit) => limit.used > 0);
    expect(used.map(({ used: tokens, quota }) => [tokens, quota])).toEqual([
      [7, full],
      [9, mini],
    ]);
  });

  test('holds no other model', async () => {
    const limiter = createLimiter({ limits: 'tier-1', clock: createFakeClock() });
    await limiter.acquire({ model: 'gpt-6', tokens: 1_000_000_000 });
    expect(limiter.stats().limits.every(({ used }) => used === 0)).toBe(true);
  });

  test.each(['tier-6', 'free', 'toString', '', 7, undefined, []])(
    'is known by its name, and %j is not',
    (given) => {
      expect(() => checkLimits('options.limits', given)).toThrow(
        "Expected `options.limits` to be a list of at least one limit, or 'tier-1' or 'tier-2' or 'tier-3' or 'tier-4' or 'tier-5', got ",
      );
    },
  );
});
