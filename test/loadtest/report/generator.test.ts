import { describe, expect, it } from 'vitest';
import type { K6Book, K6Summary } from '../../../loadtest/books/k6.ts';
import { callIdOf } from '../../../loadtest/k6/call-id.ts';
import { generatorOf } from '../../../loadtest/report/generator.ts';
import { k6Call } from '../reconcile/example-books.ts';

const asked = {
  seed: 3,
  scenarios: [
    { name: 'json', perSecond: 10 },
    { name: 'streams', perSecond: 5 },
  ],
};
const summary: K6Summary = { iterations: 15, dropped: 0, users: { busy: 4, ready: 30 }, thresholds: [] };

/** A second of both scenarios; `lateMs` says how late each iteration began. */
function book(lateMs: (name: string, iteration: number) => number, change: Partial<K6Book> = {}): K6Book {
  const calls = asked.scenarios.flatMap(({ name, perSecond }) =>
    Array.from({ length: perSecond }, (_, iteration) => ({
      ...k6Call(callIdOf(asked.seed, name, iteration), 'ok'),
      startedMs: (iteration * 1_000) / perSecond + lateMs(name, iteration),
    })),
  );
  return { calls, summary, cutShort: false, ...change };
}

describe('the load generator', () => {
  it('kept to the load when every iteration began as it was due, whenever k6 started', () => {
    expect(
      generatorOf(
        book(() => 35),
        asked,
        1_000,
      ),
    ).toEqual({
      askedPerSecond: 15,
      offeredPerSecond: 15,
      asked: 15,
      offered: 15,
      dropped: 0,
      lag: { p50Ms: 0, p90Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 },
      users: { busy: 4, ready: 30 },
    });
  });

  it('lagged by what an iteration began after it was due', () => {
    const late = book((name, iteration) => (name === 'json' && iteration === 4 ? 90 : 0));
    expect(generatorOf(late, asked, 1_000).lag).toMatchObject({ p90Ms: 0, maxMs: 90 });
  });

  it('says no lag where iterations were dropped, or where the calls are of nobody it knows', () => {
    const dropped = generatorOf(
      book(() => 0, { summary: { ...summary, dropped: 2 } }),
      asked,
      1_000,
    );
    expect(dropped).not.toHaveProperty('lag');
    const strangers = generatorOf(
      book(() => 0),
      { ...asked, seed: 4 },
      1_000,
    );
    expect(strangers).not.toHaveProperty('lag');
  });

  it('says what it made when it ended before it could sum up', () => {
    const found = generatorOf(
      book(() => 0, { summary: undefined }),
      asked,
      2_000,
    );
    expect(found).toMatchObject({ asked: 30, offered: 15, offeredPerSecond: 7.5 });
    expect(found).not.toHaveProperty('dropped');
    expect(found).not.toHaveProperty('users');
  });

  it('of background jobs started jobs, and asked how far they were', () => {
    const jobs = { seed: 3, arePolled: true, scenarios: [{ name: 'json start', perSecond: 10 }] };
    const started = Array.from({ length: 10 }, (_, iteration) => ({
      ...k6Call(callIdOf(3, 'json start', iteration), 'ok'),
      startedMs: iteration * 100 + (iteration === 7 ? 60 : 0),
    }));
    const polls = started.flatMap((_, iteration) =>
      [0, 1].map((poll) => k6Call(callIdOf(3, `json poll ${poll}`, iteration), 'ok')),
    );
    const found = generatorOf({ calls: [...started, ...polls], summary, cutShort: false }, jobs, 1_000);
    expect(found).toMatchObject({ asked: 10, offered: 10, polls: 20, offeredPerSecond: 10 });
    expect(found.lag).toMatchObject({ p50Ms: 0, maxMs: 60 });
  });

  it('of streams alone, or of a service of the user’s own, knows its lag too', () => {
    const alone = [
      { name: 'json', perSecond: 0 },
      { name: 'streams', perSecond: 5 },
    ];
    for (const scenarios of [alone, [{ name: 'target', perSecond: 5 }]]) {
      const name = scenarios.at(-1)?.name ?? '';
      const calls = Array.from({ length: 5 }, (_, iteration) => ({
        ...k6Call(callIdOf(3, name, iteration), 'ok'),
        startedMs: iteration * 200,
      }));
      const found = generatorOf({ calls, summary, cutShort: false }, { seed: 3, scenarios }, 1_000);
      expect(found).toMatchObject({ asked: 5, offered: 5, lag: { maxMs: 0 } });
    }
  });

  it('made nothing in no time', () => {
    const found = generatorOf(
      book(() => 0, { calls: [] }),
      asked,
      0,
    );
    expect(found).toMatchObject({ asked: 0, offered: 0, offeredPerSecond: 0 });
  });
});
