import { describe, expect, it } from 'vitest';
import { conditionsOn, notesOn, reconcileTarget } from '../../../loadtest/target/judge.ts';
import { readTargetOptions } from '../../../loadtest/target/options.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { booksOf, exampleBooks, ledgerEntry, ok } from '../reconcile/example-books.ts';

const traceparent = `00-${ok}-${'1'.repeat(16)}-01`;

/** Requests of one trace, 100 ms apart, with nothing told by the service. */
function ledgerOf(changes: readonly Partial<LedgerEntry>[]) {
  return changes.map((change, index) => ({
    ...ledgerEntry(ok, index, 200),
    arrivedAtMs: index * 100,
    headersAtMs: index * 100 + 10,
    traceparent,
    ...change,
  }));
}

function booksWith(changes: readonly Partial<LedgerEntry>[]) {
  return booksOf({
    ...exampleBooks(),
    spans: [],
    metrics: [],
    openCalls: undefined,
    ledger: ledgerOf(changes),
  });
}

const i5 = (changes: readonly Partial<LedgerEntry>[]) =>
  reconcileTarget(booksWith(changes)).invariants.find(({ id }) => id === 'I5');

describe('a service of which only the provider tells', () => {
  it('is judged by its retries, which must wait as told', () => {
    expect(i5([{ retryAfterMs: 80 }, { retryCount: 1 }])?.difference).toBe(0);
    expect(i5([{ retryAfterMs: 1_000 }, { retryCount: 1 }])?.examples).toEqual([
      expect.stringContaining('came after 90 ms, where the provider had asked for 1000 ms'),
    ]);
    expect(i5([{ fault: '429 insufficient_quota' }, { retryCount: 1 }])?.difference).toBe(1);
  });

  it('may make several calls for one request, which are no retries of each other', () => {
    expect(i5([{ retryAfterMs: 1_000 }, {}])?.difference).toBe(0);
    expect(i5([{ retryAfterMs: 1_000 }, {}])?.counts[0]?.value).toBe('0');
  });

  it('is not accused on a guess: of two calls that are alike, a retry may be of either', () => {
    const alike = [{ retryAfterMs: 1_000 }, { retryAfterMs: 50 }, { retryCount: 1 }];
    expect(i5(alike)?.difference).toBe(0);
    // Once each has its retry, none is left that could excuse another.
    expect(i5([...alike, { retryCount: 1 }])?.difference).toBe(1);
  });

  it('says what it could not judge, and why', () => {
    expect(notesOn(booksWith([{}]), 0)).toEqual([expect.stringContaining('No telemetry of Telltale came')]);
    expect(notesOn(booksWith([{}]), 3)).toEqual([expect.stringContaining('http/json')]);
    const untraced = booksOf({
      ...exampleBooks(),
      spans: [],
      ledger: [{ ...ledgerEntry(ok, 0, 200), callId: 'anon-0' }].map(({ traceparent: _, ...entry }) => entry),
    });
    expect(notesOn(untraced, 0)[0]).toContain('does not pass on `traceparent`');
  });

  it('without a ledger is judged by its answers alone', () => {
    const { invariants, unjudged } = reconcileTarget(booksOf({ ...exampleBooks(), ledger: undefined }));
    expect(invariants.map(({ id }) => id)).toEqual(['I2']);
    expect(unjudged.flatMap(({ ids }) => ids)).toEqual(['I3', 'I5', 'I6', 'I8', 'I9']);
  });

  it('that never answered is named', () => {
    const books = exampleBooks();
    const [first] = books.calls;
    if (first) books.calls[0] = { ...first, outcome: 'lost', errorClass: 'connection refused' };
    const i2 = reconcileTarget(booksOf(books)).invariants.find(({ id }) => id === 'I2');
    expect(i2?.difference).toBe(1);
    expect(i2?.examples[0]).toContain('no answer (connection refused)');
  });
});

describe('what the user asks for', () => {
  const options = (...args: string[]) => {
    const read = readTargetOptions(['--target', 'http://127.0.0.1:1/', ...args], () => 1);
    if (!read) throw new Error('no options');
    return read;
  };
  it('is met or not', () => {
    const books = booksOf(exampleBooks());
    const judged = (...args: string[]) => conditionsOn(books, options(...args)).map(({ ok: is }) => is);
    expect(judged('--min-success', '0.6', '--max-p95', '100ms')).toEqual([true, true, true]);
    expect(judged('--min-success', '0.7', '--max-p95', '99ms')).toEqual([true, false, false]);
  });

  it('is not met by a service none of whose requests succeeded', () => {
    const books = exampleBooks();
    books.calls = books.calls.map((call) => ({ ...call, outcome: 'error' }));
    expect(conditionsOn(booksOf(books), options('--max-p95', '2s'))[1]).toMatchObject({
      ok: false,
      measured: 'no success',
    });
  });

  it('means nothing where no request reached the provider', () => {
    const books = booksOf({ ...exampleBooks(), ledger: [] });
    expect(conditionsOn(books, options())[0]).toMatchObject({ ok: false, expression: '> 0' });
  });
});
