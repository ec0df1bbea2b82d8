import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import { madeCalls } from '../../../loadtest/report/made-calls.ts';
import { defaultServiceLevel, isGood } from '../../../loadtest/report/service-level.ts';
import { phaseTotals } from '../../../loadtest/report/totals.ts';
import { wastedRows } from '../../../loadtest/report/wasted.ts';
import {
  booksOf,
  changeEntry,
  costUsd,
  exampleBooks,
  failed,
  k6Call,
  type OpenBooks,
  ok,
  refusedThenOk,
  usage,
} from '../reconcile/example-books.ts';

function callsOf(change: (books: OpenBooks) => void = () => {}) {
  const open = exampleBooks();
  change(open);
  return madeCalls(joinBooks(booksOf(open)).byCall);
}

const phases = [
  { name: 'calm', faults: '', fromMs: 0, toMs: 2_000 },
  { name: 'storm', faults: '429', fromMs: 2_000, toMs: 3_000 },
  { name: 'calm', faults: '', fromMs: 3_000, toMs: 4_000 },
];

const told = { level: defaultServiceLevel, source: 'telemetry', ledger: [] } as const;

describe('a good call', () => {
  const call = k6Call('a', 'ok');
  const stream = { ...call, streamed: true, firstChunkMs: 500 };

  it.each<[string, Partial<K6Call>, boolean]>([
    ['came to the end of its time', { ...call, durationMs: 2_000 }, true],
    ['was a millisecond late', { ...call, durationMs: 2_001 }, false],
    ['failed in time', { ...call, outcome: 'error' }, false],
    ['was empty', { ...call, outcome: 'empty' }, false],
    ['spoke at the end of its time', stream, true],
    ['spoke a millisecond late', { ...stream, firstChunkMs: 501 }, false],
    ['spoke in time and ended late', { ...stream, durationMs: 2_001 }, false],
    ['streamed, and nobody knows since when', { ...call, streamed: true }, false],
    ['is no stream, whatever its first chunk', { ...call, firstChunkMs: 900 }, true],
  ])('%s', (_what, change, good) => {
    expect(isGood({ ...call, ...change }, defaultServiceLevel)).toBe(good);
  });
});

describe('the totals of the phases', () => {
  const arbitraryCall = fc.record({
    phase: fc.constantFrom('calm', 'storm'),
    streamed: fc.boolean(),
    outcome: fc.constantFrom<K6Call['outcome']>('ok', 'ok', 'error', 'refused', 'truncated'),
    durationMs: fc.integer({ min: 0, max: 3_000 }),
    firstChunkMs: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
  });

  it('count what was answered in time, in a second of the time that the phase had', () => {
    fc.assert(
      fc.property(fc.array(arbitraryCall), fc.integer({ min: 1, max: 4_000 }), (drawn, measuredMs) => {
        const calls = callsOf((books) => {
          books.calls = drawn.map(({ firstChunkMs, ...call }, index) => ({
            ...k6Call(`${index}`, call.outcome),
            ...call,
            ...(firstChunkMs === undefined ? {} : { firstChunkMs }),
          }));
        });
        const totals = phaseTotals({ ...told, calls, phases, measuredMs });
        const lengths: Record<string, number> = { calm: 0, storm: 0, all: measuredMs };
        // Millisecond by millisecond.
        for (let ms = 0; ms < measuredMs; ms++) {
          const phase = phases.find(({ toMs }) => ms < toMs)?.name ?? '';
          lengths[phase] = (lengths[phase] ?? 0) + 1;
        }
        for (const { phase, offered, good, goodPerSecond, succeeded } of totals) {
          const mine = drawn.filter((call) => phase === 'all' || call.phase === phase);
          let expected = 0;
          for (const { outcome, durationMs, streamed, firstChunkMs = 9_999 } of mine)
            if (outcome === 'ok' && durationMs <= 2_000 && (!streamed || firstChunkMs <= 500)) expected++;
          expect(offered).toBe(mine.length);
          expect(succeeded).toBe(mine.filter(({ outcome }) => outcome === 'ok').length);
          expect(good).toBe(expected);
          const lengthMs = lengths[phase] ?? 0;
          expect(goodPerSecond).toBeCloseTo(lengthMs === 0 ? 0 : (expected * 1_000) / lengthMs, 6);
        }
        expect(totals.at(-1)?.phase).toBe('all');
      }),
    );
  });

  it('count requests by the ledger and waits by the spans', () => {
    const totals = phaseTotals({ ...told, calls: callsOf(), phases, measuredMs: 4_000 });
    expect(totals.map(({ phase }) => phase)).toEqual(['calm', 'storm', 'all']);
    expect(totals.at(-1)).toEqual({
      phase: 'all',
      offered: 3,
      succeeded: 2,
      good: 2,
      goodPerSecond: 0.5,
      requestsPerCall: 2,
      backoffMs: 30,
      throttleMs: 0,
      costUsd: 2 * costUsd,
      wasted: { attempts: 0, tokens: 0, costUsd: 0 },
    });
  });

  it('know the attempts of a call whose ledger is gone', () => {
    const calls = callsOf((books) => {
      books.ledger = undefined;
    });
    expect(phaseTotals({ ...told, calls, phases: [], measuredMs: 1_000 })[0]?.requestsPerCall).toBe(2);
  });
});

describe('what was wasted', () => {
  const tokens = usage.inputTokens + usage.outputTokens;

  it('is nothing where every billed answer reached its caller', () => {
    expect(wastedRows(callsOf())).toEqual([]);
  });

  it.each(['truncated', 'empty', 'cancelled', 'error'] as const)(
    'is what a call was billed that became %s',
    (outcome) => {
      const calls = callsOf((books) => {
        books.calls = books.calls.map((call) => (call.callId === ok ? { ...call, outcome } : call));
      });
      expect(wastedRows(calls)).toEqual([{ why: outcome, attempts: 1, tokens, costUsd }]);
    },
  );

  it('is the answer that was asked for again', () => {
    const calls = callsOf((books) => {
      books.ledger = books.ledger?.map((entry) =>
        entry.callId === refusedThenOk && entry.attempt === 0 ? { ...entry, usage: { ...usage } } : entry,
      );
    });
    expect(wastedRows(calls)).toEqual([{ why: 'asked again', attempts: 1, tokens, costUsd }]);
  });

  it('counts the tokens of a model without a price, whose cost nobody knows', () => {
    const calls = callsOf((books) => {
      changeEntry(books, failed, { usage: { ...usage }, model: 'unheard-of' });
    });
    expect(wastedRows(calls)).toEqual([{ why: 'error', attempts: 1, tokens, costUsd: Number.NaN }]);
  });
});
