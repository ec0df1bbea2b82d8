import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import { callersNoticeNothing } from '../../../loadtest/reconcile/i10-collector-down.ts';
import { collectorDown } from '../../../loadtest/scenarios/collector-down.ts';
import {
  addTo,
  booksOf,
  exampleBooks,
  failed,
  k6Call,
  type OpenBooks,
  refusedThenOk,
} from '../reconcile/example-books.ts';
import { joined, judged, unmet } from './judged.ts';

/** The example without the call that failed, and without any span: the collector was away the whole time. */
function i10(spoil: (books: OpenBooks) => void = () => {}) {
  const books = exampleBooks();
  books.calls = books.calls.filter(({ callId }) => callId !== failed);
  books.ledger = books.ledger?.filter(({ callId }) => callId !== failed);
  books.metrics = books.metrics.filter(({ attributes }) => attributes['http.response.status_code'] !== 503);
  addTo(books, 'gen_ai.client.operation.duration', { count: -1 });
  books.spans = [];
  spoil(books);
  return callersNoticeNothing(joinBooks(booksOf(books)));
}

describe('I10', () => {
  it('needs no span: callers, ledger and counters are enough', () => {
    expect(i10()).toMatchObject({ id: 'I10', difference: 0, examples: [] });
  });

  it.each(['error', 'lost', 'truncated', 'refused'] as const)('names a caller who got `%s`', (outcome) => {
    const { difference, examples } = i10((books) => {
      books.calls = books.calls.map((call) => (call.callId === refusedThenOk ? { ...call, outcome } : call));
    });
    expect(difference).toBe(1);
    expect(examples).toEqual([`${refusedThenOk}: its caller got \`${outcome}\` in the phase \`calm\``]);
  });

  it.each<[string, string, { sum?: number; count?: number }]>([
    ['a call', 'gen_ai.client.operation.duration', { count: -1 }],
    ['an attempt', 'telltale.attempts', { sum: -1 }],
    ['a token', 'telltale.tokens', { sum: -1 }],
    ['a nano-dollar', 'telltale.cost', { sum: -1e-9 }],
  ])('names a counter that lost %s with an export', (_what, name, change) => {
    expect(i10((books) => addTo(books, name, change)).difference).toBe(1);
  });
});

describe('the scenario collector-down', () => {
  const events = [
    { kind: 'receiver-down', atMs: 20_000 },
    { kind: 'receiver-up', atMs: 40_000 },
  ] as const;
  const calls = (goneMs: number) => [
    { ...k6Call('a', 'ok'), phase: 'before', durationMs: 200 },
    { ...k6Call('b', 'ok'), phase: 'collector-gone', durationMs: goneMs },
  ];

  it('allows calls to be a little slower meanwhile', () => {
    expect(unmet(judged(collectorDown, joined({ calls: calls(300) }), { events }))).toEqual([]);
    expect(unmet(judged(collectorDown, joined({ calls: calls(301) }), { events }))).toEqual([
      'p95 of all calls meanwhile',
    ]);
  });

  it('is not met where the collector was never gone', () => {
    expect(unmet(judged(collectorDown, joined({ calls: calls(200) })))).toEqual([
      'the collector was gone for',
    ]);
  });

  it('leaves out what counts spans one by one, and says so', () => {
    const books = joined({});
    expect(collectorDown.judgeable?.(books, { events, samples: [] }).without).toEqual(['I3', 'I6', 'I7']);
    expect(judged(collectorDown, books, { events }).invariants[0]?.notes[0]).toContain('I3, I6 and I7');
  });
});
