import OpenAI from 'openai';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { LimitMode } from '../../src/admit/limit.ts';
import { callWith, observe, telltale } from '../../src/index.ts';
import { judgeLimits, startMock } from '../../src/mock/index.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

interface Law {
  readonly mode: LimitMode;
  readonly law: 'bucket' | 'window';
  readonly enforcePerSecond: boolean;
}

/**
 * Every call goes into a provider that enforces the same limits, and whose ledger is the judge. A provider that gives back
 * what was estimated too high is met by windows, one that keeps it by its mirror.
 */
test.each<Law>([
  { mode: 'strict', law: 'window', enforcePerSecond: false },
  { mode: 'mirror', law: 'bucket', enforcePerSecond: false },
  { mode: 'smooth', law: 'window', enforcePerSecond: true },
])(
  '$mode meets no 429 of a provider that holds a $law, by the second too: $enforcePerSecond',
  async (how) => {
    const { mode, law, enforcePerSecond } = how;
    const limits = [
      { requests: 600, per: 'minute' },
      { tokens: 60_000, per: 'minute' },
    ] as const;
    // One clock for both sides: what is judged is the limiter, not how busy this machine is.
    const clock = createFakeClock();
    const mock = await startMock({ seed: 1, limits, law, enforcePerSecond, clock });
    onTestFinished(() => mock.close());
    const openai = observe(new OpenAI({ apiKey: 'none', baseURL: mock.url, maxRetries: 0 }), {
      limits,
      mode,
      clock,
    });
    const count = 700;
    let ended = 0;
    const calls = Array.from({ length: count }, (_, index) =>
      callWith({ priority: index % 7 === 0 ? 'high' : 'low' }, () =>
        openai.chat.completions
          .create({
            model: 'gpt-4.1-mini',
            messages: [{ role: 'user', content: 'Hello' }],
            max_completion_tokens: 20 + (index % 5) * 40,
          })
          .finally(() => ended++),
      ),
    );
    const all = Promise.all(calls);
    all.catch(() => {});
    while (ended < count) {
      // Whoever may go at this moment has arrived before the clock moves on.
      const allArrived = () => expect(mock.ledger().length).toBe(telltale(openai).limits()?.admitted);
      await vi.waitFor(allArrived, { timeout: 20_000, interval: 1 });
      clock.advance(250);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    await mock.settled();
    const verdict = judgeLimits(mock.ledger(), limits, { law, enforcePerSecond });
    expect(verdict.avoidable429s).toBe(0);
    expect(telltale(openai).limits()).toMatchObject({ admitted: count, inFlight: 0 });
  },
  60_000,
);
