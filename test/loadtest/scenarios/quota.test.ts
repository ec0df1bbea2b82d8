import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import { quotaIsKept } from '../../../loadtest/reconcile/i4-quota.ts';
import { openRedis } from '../../../loadtest/redis.ts';
import { RunFailure } from '../../../loadtest/run-failure.ts';
import { quota } from '../../../loadtest/scenarios/quota.ts';
import type { Judgement, Load } from '../../../loadtest/scenarios/scenario.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import type { LedgerEntry, RateLimitRecord } from '../../../src/mock/ledger.ts';
import { parseLimits } from '../../../src/mock/limits/limit.ts';
import { loadRun } from '../fixtures/load-run.ts';
import { booksOf, exampleBooks, k6Call, ledgerEntry } from '../reconcile/example-books.ts';

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const load: Load = { callsPerSecond: 20, durationMs: 60_000 };
/** 10 calls a second are let through, for 60 s and the bucket's 10 s. */
const admitted = 700;

function entry(index: number, rateLimit: Partial<RateLimitRecord> = {}): LedgerEntry {
  const atMs = (index / (admitted - 1)) * 60_000;
  return {
    ...ledgerEntry(`call-${index}`, 0, 200),
    arrivedAtMs: atMs,
    rateLimit: { atMs, key: 0, outcome: 'admitted', requests: 1, tokens: 100, ...rateLimit },
  };
}

function call(index: number, change: Partial<K6Call> = {}): K6Call {
  const priority = index % 10 === 0 ? 'high' : 'low';
  return { ...k6Call(`call-${index}`, 'ok'), priority, ...change };
}

function judged(spoil: { ledger?: LedgerEntry[]; calls?: K6Call[] } = {}): Judgement {
  const indexes = Array.from({ length: admitted }, (_, index) => index);
  const ledger = spoil.ledger ?? indexes.map((index) => entry(index));
  const refused = call(9_999, { outcome: 'refused', httpStatus: 429, retryAfterS: 2 });
  const calls = spoil.calls ?? [...indexes.map((index) => call(index)), refused];
  const judgement = quota.judge?.(joinBooks(booksOf({ ...exampleBooks(), spans: [], calls, ledger })), load, {
    events: [],
    samples: [],
  });
  if (!judgement) throw new Error('it does not judge');
  return judgement;
}

const broken = ({ conditions }: Judgement): string[] =>
  conditions.filter(({ ok }) => !ok).map(({ name }) => name);

describe('the scenario quota', () => {
  it('gives the mock limits that it accepts, whatever the load', () => {
    for (const durationMs of [4_000, 60_000, 1_800_000]) {
      for (const callsPerSecond of [2, 65, 1_000]) {
        const { limits } = quota.provider?.({ callsPerSecond, durationMs }) ?? {};
        expect(parseLimits('limits', limits)).toEqual(limits);
        const [requests] = limits ?? [];
        expect(requests?.requests).toBe(Math.floor((callsPerSecond / 2) * (durationMs / 6_000)) || 1);
      }
    }
  });

  it('is content when the quota was used and nothing went over it', () => {
    const judgement = judged();
    expect(broken(judgement)).toEqual([]);
    expect(judgement.invariants.map(({ id, difference }) => [id, difference])).toEqual([['I4', 0]]);
  });

  it('names a request that the provider had to refuse', () => {
    const refusedBy = { limit: 0, perSecond: false, used: 100, requested: 1, tooLarge: false };
    const ledger = [entry(0), entry(1, { outcome: 'refused', tokens: 0, refusedBy })];
    const i4 = quotaIsKept(ledger, quota.provider?.(load) ?? {});
    expect(i4.difference).toBe(1);
    expect(i4.examples).toEqual([
      'call-1: attempt 1 came at 0.1 s, when 100 requests in 10 s had 100 used and it asked for 1',
    ]);
  });

  it('demands that the quota is used', () => {
    const ledger = Array.from({ length: 600 }, (_, index) => entry(index));
    const last = entry(admitted);
    expect(broken(judged({ ledger: [...ledger, last] }))).toContain('quota used');
  });

  it('demands that low priority moves, and that nothing fails', () => {
    const calls = [call(0), call(10), call(11, { outcome: 'error' })];
    expect(broken(judged({ calls }))).toEqual([
      'low priority among the served',
      'neither served nor refused',
    ]);
  });

  it.each([{}, { httpStatus: 503, retryAfterS: 1 }, { httpStatus: 429, retryAfterS: 0 }])(
    'demands that a refusal says when to come again: %j is none',
    (change) => {
      const calls = [call(1), call(2, { outcome: 'refused', ...change })];
      expect(broken(judged({ calls }))).toEqual(['refused with 429 and Retry-After']);
    },
  );
});

describe('a Redis for the run', () => {
  it.skipIf(!hasRedis)('is the one that REDIS_URL names', async () => {
    const own = await openRedis({ ...process.env, REDIS_URL: '' });
    const named = await openRedis({ REDIS_URL: own.url });
    expect(named.url).toBe(own.url);
    expect(named.key).toContain('telltale-loadtest');
    await named.stop();
    // It is somebody else's, so it still answers.
    await (await openRedis({ REDIS_URL: own.url })).stop();
    await own.stop();
    await expect(openRedis({ REDIS_URL: own.url })).rejects.toThrow('does not answer');
  });

  it('must answer where REDIS_URL names it; what is said has no password in it', async () => {
    const opening = openRedis({ REDIS_URL: 'redis://someone:secret@127.0.0.1:1' });
    await expect(opening).rejects.toThrow(RunFailure);
    await expect(opening).rejects.toThrow('The Redis at 127.0.0.1:1, which REDIS_URL names, does not answer');
    await expect(opening).rejects.not.toThrow('secret');
  });

  it.each(['localhost', 'http://127.0.0.1:6379'])('cannot be named `%s`', async (REDIS_URL) => {
    await expect(openRedis({ REDIS_URL })).rejects.toThrow(UsageError);
  });

  it('is asked for before anything runs', async () => {
    const PATH = mkdtempSync(path.join(tmpdir(), 'telltale-no-redis-'));
    const out = new PassThrough();
    const run = loadRun({ options: { scenario: 'quota' }, env: { PATH }, out });
    await expect(run).rejects.toThrow(RunFailure);
    await expect(run).rejects.toThrow('there is no `redis-server` here. Install it');
    expect(out.read()).toBeNull();
  });

  it.skipIf(!hasRedis)(
    'is shared by two gateways, beside the bare client',
    { timeout: 120_000 },
    async () => {
      const { report, said } = await loadRun({ options: { scenario: 'quota' } });
      expect(said).toContain('First the bare client');
      expect(report.invariants.map(({ id, difference }) => [id, difference])).toEqual([
        ['I1', 0],
        ['I2', 0],
        ['I3', 0],
        ['I4', 0],
        ['I6', 0],
        ['I7', 0],
        ['I8', 0],
        ['I9', 0],
      ]);
      expect(report.comparison?.rows[0]).toEqual({
        figure: 'calls that succeeded',
        bare: '6 of 6 (100 %)',
        wrapped: '6 of 6 (100 %)',
      });
    },
  );
});
