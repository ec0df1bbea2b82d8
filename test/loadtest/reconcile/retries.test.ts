import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import { retriesKeepTheRules } from '../../../loadtest/reconcile/i5-retries.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { booksOf, exampleBooks, ledgerEntry, ok } from './example-books.ts';

/** Requests of one call, each with its own changes, 100 ms apart. */
function judged(changes: readonly Partial<LedgerEntry>[], maxAttempts = 3) {
  const ledger = changes.map((change, attempt) => ({
    ...ledgerEntry(ok, attempt, attempt === changes.length - 1 ? 200 : 429),
    arrivedAtMs: attempt * 100,
    headersAtMs: attempt * 100 + 10,
    ...change,
  }));
  return retriesKeepTheRules(joinBooks(booksOf({ ...exampleBooks(), spans: [], ledger })), maxAttempts);
}

describe('I5', () => {
  it('lets a retry go once its time has come, and a timer be a little early', () => {
    expect(judged([{ retryAfterMs: 90 }, {}]).difference).toBe(0);
    expect(judged([{ retryAfterMs: 91.5 }, {}]).difference).toBe(0);
  });

  it('names a retry that came too soon', () => {
    expect(judged([{}, { retryAfterMs: 1_000 }, {}]).examples).toEqual([
      `${ok}: attempt 3 came after 90 ms, where the provider had asked for 1000 ms`,
    ]);
  });

  it('names a retry without money', () => {
    expect(judged([{ fault: '429 insufficient_quota' }, {}]).examples).toEqual([
      `${ok}: attempt 2 came after the provider had said that there is no money`,
    ]);
  });

  it('counts attempts above the most', () => {
    expect(judged([{}, {}, {}]).difference).toBe(0);
    expect(judged([{}, {}, {}, {}, {}]).difference).toBe(2);
  });

  it('does not take another model for a retry', () => {
    const other = { model: 'gpt-5-nano' };
    expect(judged([{ retryAfterMs: 1_000 }, other], 1).difference).toBe(0);
  });
});
