import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import { errorRows } from '../../../loadtest/report/errors.ts';
import { madeCalls } from '../../../loadtest/report/made-calls.ts';
import { modelRows } from '../../../loadtest/report/models.ts';
import { percentile } from '../../../loadtest/report/percentile.ts';
import { phaseRows } from '../../../loadtest/report/rows.ts';
import { defaultServiceLevel } from '../../../loadtest/report/service-level.ts';
import { spreadOf } from '../../../loadtest/report/spread.ts';
import { timelineOf } from '../../../loadtest/report/timeline.ts';
import { notableTraces } from '../../../loadtest/report/traces.ts';
import {
  booksOf,
  changeCallSpan,
  costUsd,
  exampleBooks,
  failed,
  type OpenBooks,
  ok,
  refusedThenOk,
} from '../reconcile/example-books.ts';

function joined(change: (books: OpenBooks) => void = () => {}) {
  const open = exampleBooks();
  change(open);
  return joinBooks(booksOf(open));
}

const byCall = (change?: (books: OpenBooks) => void) => joined(change).byCall;
/** What the timeline is made of beside the calls. */
const told = { level: defaultServiceLevel, durationMs: 4_000, source: 'telemetry', ledger: [] } as const;

describe('a percentile', () => {
  it('is one of the values, at least as large as that part of them and no larger than needed', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.95, 0.99), (all, part) => {
        const found = percentile(all, part);
        expect(all).toContain(found);
        expect(all.filter((value) => value <= found).length).toBeGreaterThanOrEqual(all.length * part);
        expect(all.filter((value) => value < found).length).toBeLessThan(all.length * part);
      }),
    );
  });

  it('of nothing is 0', () => {
    expect(percentile([], 0.5)).toBe(0);
  });
});

describe('a spread', () => {
  it('has the percentiles of the same values, whatever their order, and the largest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        expect(spreadOf(values)).toEqual({
          p50Ms: percentile(values, 0.5),
          p90Ms: percentile(values, 0.9),
          p95Ms: percentile(values, 0.95),
          p99Ms: percentile(values, 0.99),
          maxMs: Math.max(...values),
        });
        expect(spreadOf(values.toReversed())).toEqual(spreadOf(values));
      }),
    );
  });

  it('of nothing is none', () => {
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('the rows of the table', () => {
  it('have each phase and kind that had calls, then each kind over the whole run', () => {
    const calls = madeCalls(
      byCall((books) => {
        books.calls = books.calls.map((call) =>
          call.callId === failed
            ? { ...call, phase: 'storm', streamed: true, durationMs: 900, firstChunkMs: 40 }
            : call,
        );
      }),
    );
    const rows = phaseRows(calls, ['calm', 'storm'], defaultServiceLevel, 'telemetry');
    expect(rows.map(({ phase, kind }) => [phase, kind])).toEqual([
      ['calm', 'json'],
      ['storm', 'stream'],
      ['all', 'json'],
      ['all', 'stream'],
    ]);
    expect(rows[0]).toEqual({
      phase: 'calm',
      kind: 'json',
      offered: 2,
      succeeded: 2,
      failed: 0,
      good: 2,
      attemptsPerCall: 1.5,
      whole: { p50Ms: 100, p90Ms: 100, p95Ms: 100, p99Ms: 100, maxMs: 100 },
      inputTokens: 200,
      outputTokens: 60,
      costUsd: 2 * costUsd,
      backoffMs: 10,
      throttleMs: 0,
    });
    expect(rows[1]).toMatchObject({
      offered: 1,
      succeeded: 0,
      failed: 1,
      attemptsPerCall: 3,
      firstChunk: { p50Ms: 40, maxMs: 40 },
      backoffMs: 20,
    });
    // A stream that failed says nothing of the time between tokens.
    expect(rows[1]).not.toHaveProperty('chunkGap');
  });

  it('have the mean gap of each stream that came to its end, from its first chunk to its last', () => {
    const calls = madeCalls(
      byCall((books) => {
        books.calls = books.calls.map((call) => ({
          ...call,
          streamed: true,
          durationMs: 500,
          firstChunkMs: 100,
          chunks: call.callId === ok ? 5 : 11,
        }));
      }),
    );
    // The third of them failed.
    expect(phaseRows(calls, [], defaultServiceLevel, 'telemetry')[0]?.chunkGap).toEqual({
      p50Ms: 40,
      p90Ms: 100,
      p95Ms: 100,
      p99Ms: 100,
      maxMs: 100,
    });
  });
});

describe('the time between tokens', () => {
  it('is what the reader of the stream measured, and so is its longest pause', () => {
    const calls = madeCalls(
      byCall((books) => {
        books.calls = books.calls.map((call) => ({
          ...call,
          streamed: true,
          durationMs: 500,
          firstChunkMs: 100,
          chunks: 5,
          chunkGapMs: 3,
          longestGapMs: call.callId === ok ? 9 : 7,
        }));
      }),
    );
    expect(phaseRows(calls, [], defaultServiceLevel, 'telemetry')[0]).toMatchObject({
      chunkGap: { p50Ms: 3, maxMs: 3 },
      longestGap: { p50Ms: 7, maxMs: 9 },
    });
  });
});

describe('the timeline', () => {
  it.each([1e15, Number.MAX_VALUE, Number.POSITIVE_INFINITY, -1e15, Number.NaN])(
    'stays as long as a run may be when a clock jumps to %d ms',
    (startedMs) => {
      const calls = madeCalls(
        byCall((books) => {
          books.calls = books.calls.map((call) => (call.callId === ok ? { ...call, startedMs } : call));
        }),
      );
      const points = timelineOf({ ...told, calls });
      expect(points.length).toBeGreaterThan(0);
      expect(points.length).toBeLessThan(200);
      expect(points[0]?.offered).toBeGreaterThan(0);
    },
  );

  it('counts calls where they began and retries where they happened', () => {
    const calls = madeCalls(
      byCall((books) => {
        books.calls = books.calls.map((call) => ({ ...call, startedMs: call.callId === ok ? 2_500 : 10 }));
        books.spans = books.spans.map((span) =>
          span.attributes['http.response.status_code'] === 200 && span.traceId === refusedThenOk
            ? { ...span, startMs: span.startMs + 1_000 }
            : span,
        );
      }),
    );
    expect(timelineOf({ ...told, calls })).toMatchObject([
      { atMs: 0, offered: 2, succeeded: 1, good: 1, failed: 1, retries: 2, p50Ms: 100 },
      { atMs: 1_000, offered: 0, retries: 1, p50Ms: 0 },
      { atMs: 2_000, offered: 1, succeeded: 1, failed: 0, retries: 0 },
    ]);
  });

  it('of no calls is empty', () => {
    expect(timelineOf({ ...told, calls: [] })).toEqual([]);
  });
});

describe('the taxonomy of errors', () => {
  it('tells errors that a retry got over from those that were the end', () => {
    expect(errorRows(joined())).toEqual([
      { errorType: '503', outcome: 'error', calls: 1, attempts: 3, example: failed },
      { errorType: '429', outcome: 'ok', calls: 1, attempts: 1, example: refusedThenOk },
    ]);
  });

  it('has a call that failed without a failed attempt by its own error', () => {
    const rows = errorRows(
      joined((books) =>
        changeCallSpan(books, ok, { 'telltale.outcome': 'truncated', 'error.type': 'truncated' }),
      ),
    );
    expect(rows).toContainEqual({
      errorType: 'truncated',
      outcome: 'truncated',
      calls: 1,
      attempts: 0,
      example: ok,
    });
  });
});

it('sums tokens and cost by model, the dearest first', () => {
  const rows = modelRows(
    joined((books) => {
      changeCallSpan(books, refusedThenOk, { 'gen_ai.request.model': 'a' });
      changeCallSpan(books, ok, { 'gen_ai.request.model': 'b', 'telltale.cost.usd': 1 });
    }),
  );
  expect(rows).toEqual([
    {
      model: 'b',
      calls: 1,
      inputTokens: 100,
      cachedTokens: 20,
      outputTokens: 30,
      reasoningTokens: 10,
      costUsd: 1,
    },
    {
      model: 'a',
      calls: 1,
      inputTokens: 100,
      cachedTokens: 20,
      outputTokens: 30,
      reasoningTokens: 10,
      costUsd,
    },
    {
      model: 'gpt-5-mini',
      calls: 1,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      costUsd: 0,
    },
  ]);
});

it('shows the slowest traces, retried ones that are not among them, and the example of each error', () => {
  const calls = madeCalls(
    byCall((books) => {
      books.calls = Array.from({ length: 8 }, (_, index) => ({
        ...(books.calls.find(({ callId }) => callId === failed) ?? books.calls[0]),
        callId: `${index}`,
        durationMs: 100 - index,
      })) as OpenBooks['calls'];
      const spans = books.spans.filter(({ traceId }) => traceId === failed);
      books.spans = books.calls.flatMap(({ callId }) => spans.map((span) => ({ ...span, traceId: callId })));
    }),
  );
  const errors = ['7', '7', 'a stranger'].map((example) => ({
    errorType: '503',
    outcome: 'error',
    calls: 1,
    attempts: 1,
    example,
  }));
  const { slowest, mostRetried, failed: examples } = notableTraces(calls, errors);
  expect(slowest.map(({ callId }) => callId)).toEqual(['0', '1', '2', '3', '4']);
  expect(mostRetried.map(({ callId }) => callId)).toEqual(['5', '6', '7']);
  expect(examples.map(({ callId }) => callId)).toEqual(['7']);
  expect(slowest[0]).toMatchObject({ attempts: 3, outcome: 'error', phase: 'calm', durationMs: 100 });
  expect(slowest[0]?.spans.map(({ role }) => role)).toEqual([
    'gateway',
    'call',
    'attempt',
    'backoff',
    'attempt',
    'backoff',
    'attempt',
  ]);
  expect(slowest[0]?.spans[0]).toMatchObject({ fromMs: 0, toMs: 100, kind: 'server' });
});
