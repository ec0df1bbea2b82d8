import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import { reconcile } from '../../../loadtest/reconcile/index.ts';
import { fleet, withoutGateway } from '../../../loadtest/scenarios/fleet.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { booksOf, exampleBooks, k6Call, ledgerEntry, ok } from '../reconcile/example-books.ts';
import { joined, judged, load, unmet } from './judged.ts';

const events = [{ kind: 'kill-gateway', gateway: 1, atMs: 30_000 }] as const;
/** The quota of this load: 40 requests in 6 s, of which 24 s are left once what was held has expired. */
const { requests = 0, perMs = 1 } = fleet.provider?.(load).limits?.[0] ?? {};
const enough = Math.ceil(((60_000 - 30_000 - perMs) * requests * 0.9) / perMs);

function admitted(count: number): LedgerEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    ...ledgerEntry(`later-${index}`, 0, 200),
    rateLimit: {
      atMs: 30_000 + perMs + index * ((30_000 - perMs) / count),
      key: 0,
      outcome: 'admitted',
      requests: 1,
      tokens: 1,
    },
  }));
}

function broken(calls: readonly Partial<K6Call>[], ledger = admitted(enough)): string[] {
  const made = calls.map((change, index) => ({ ...k6Call(`call-${index}`, 'ok'), gateway: 0, ...change }));
  const before = { ...k6Call('before', 'ok'), gateway: 1, startedMs: 10_000 };
  return unmet(judged(fleet, joined({ calls: [before, ...made], ledger }), { events }));
}

const its = { gateway: 1, outcome: 'lost', httpStatus: 0 } as const;

describe('a fleet of which one gateway is killed', () => {
  it('may lose what was in flight in it', () => {
    expect(broken([{ ...its, startedMs: 29_000, durationMs: 1_000 }])).toEqual([]);
    expect(broken([{ ...its, startedMs: 28_000, durationMs: 2_100 }])).toEqual([]);
  });

  it('must not lose a call of it that was over before, or of another', () => {
    const notIts = ['lost calls that were in flight in it'];
    expect(broken([{ ...its, startedMs: 10_000, durationMs: 100 }])).toEqual(notIts);
    expect(broken([{ ...its, gateway: 2, startedMs: 29_900, durationMs: 200 }])).toEqual([
      ...notIts,
      'calls that the others lost',
    ]);
  });

  it('must not send calls to it afterwards', () => {
    expect(broken([{ gateway: 1, startedMs: 30_501 }])).toEqual(['calls that went to it afterwards']);
  });

  it('must serve or refuse every other call', () => {
    expect(broken([{ outcome: 'refused' }])).toEqual([]);
    expect(broken([{ outcome: 'error' }])).toEqual(['neither served nor refused nor lost']);
  });

  it('must have the permits back that it held', () => {
    expect(enough).toBeGreaterThan(50);
    expect(broken([], admitted(enough - 1))).toEqual(['quota used, once what it held had expired']);
  });

  it('must not leave a request open at the provider', () => {
    const [first, ...others] = admitted(enough);
    if (!first) throw new Error('none');
    expect(broken([], [{ ...first, end: 'pending' }, ...others])).toEqual([
      'requests that stayed open at the provider',
    ]);
  });

  it('is not what was judged where none was killed', () => {
    const calls = [{ ...k6Call('a', 'ok'), gateway: 1 }];
    expect(unmet(judged(fleet, joined({ calls, ledger: admitted(enough) })))).toContain(
      'a gateway was killed',
    );
  });
});

describe('the books without a gateway', () => {
  it('agree where only its calls, its spans and its metrics are missing', () => {
    const open = exampleBooks();
    open.calls = open.calls.map((call) => ({ ...call, gateway: call.callId === ok ? 1 : 0 }));
    const survivors = open.metrics.map((total) => ({ ...total, instance: 'gateway-1' }));
    // What the killed one had counted at its last export, which is less than it had done.
    const ofKilled = [{ name: 'telltale.attempts', attributes: {}, instance: 'gateway-2', sum: 17 }];
    const whole = booksOf({ ...open, metrics: [...survivors, ...ofKilled] });
    const { k6, telemetry, mock } = withoutGateway(joinBooks(whole), 1).books;
    expect(k6.calls.map(({ callId }) => callId)).not.toContain(ok);
    expect(k6.summary?.iterations).toBe(2);
    expect(telemetry.metrics).toEqual(survivors);
    expect(telemetry.spans.some(({ traceId }) => traceId === ok)).toBe(false);
    expect(mock?.some(({ callId }) => callId === ok)).toBe(false);
  });

  it('still show a call that another gateway lost', () => {
    const open = exampleBooks();
    open.calls = open.calls.map((call) => ({
      ...call,
      gateway: 0,
      ...(call.callId === ok ? { outcome: 'lost' as const } : {}),
    }));
    const { invariants } = reconcile(withoutGateway(joinBooks(booksOf(open)), 1));
    expect(invariants.filter(({ difference }) => difference > 0).map(({ id }) => id)).toEqual(['I2']);
  });
});
