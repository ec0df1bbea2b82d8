import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import type { LimitMode } from '../../src/admit/limit.ts';
import { callWith, observe, telltale } from '../../src/index.ts';
import { judgeLimits, startMock } from '../../src/mock/index.ts';

/**
 * Every call goes into a provider that enforces the same limits, and whose ledger is the judge. A provider that gives back
 * what was estimated too high is met by windows, one that keeps it by its mirror.
 */
test.each<{ mode: LimitMode; law: 'bucket' | 'window'; enforcePerSecond?: boolean }>([
  { mode: 'strict', law: 'window' },
  { mode: 'mirror', law: 'bucket' },
  { mode: 'smooth', law: 'window', enforcePerSecond: true },
])(
  '$mode limits meet no 429 of a provider that holds a $law (per second: $enforcePerSecond)',
  async (how) => {
    const { mode, law, enforcePerSecond = false } = how;
    const limits = enforcePerSecond
      ? [
          { requests: 1_200, per: 'minute' as const },
          { tokens: 120_000, per: 'minute' as const },
        ]
      : [
          { requests: 40, perMs: 2_000 },
          { tokens: 4_000, perMs: 2_000 },
        ];
    const mock = await startMock({
      seed: 1,
      limits,
      law,
      enforcePerSecond,
      latency: { firstTokenMs: 5, betweenTokensMs: 0 },
    });
    onTestFinished(() => mock.close());
    const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
      limits,
      mode,
    });
    // Its connections are open before anything counts: opening many at once delays some by more than any guard.
    await Promise.all(Array.from({ length: 45 }, () => openai.models.list()));
    const calls = Array.from({ length: 70 }, (_, index) =>
      callWith({ priority: index % 7 === 0 ? 'high' : 'low' }, () =>
        openai.chat.completions.create({
          model: 'gpt-4.1-mini',
          messages: [{ role: 'user', content: 'Hello' }],
          max_completion_tokens: 20 + (index % 5) * 40,
        }),
      ),
    );
    await Promise.all(calls);
    await mock.settled();
    const verdict = judgeLimits(mock.ledger(), limits, { law, enforcePerSecond });
    expect(verdict.avoidable429s).toBe(0);
    if (mode !== 'mirror')
      for (const { charged, actual, perSecond } of verdict.limits)
        if (!perSecond) expect(Math.min(charged.worstWindow.over, actual.worstWindow.over)).toBe(0);
    expect(telltale(openai).limits()).toMatchObject({
      admitted: 70,
      inFlight: 0,
      refusals: { queue_full: 0 },
    });
  },
);
