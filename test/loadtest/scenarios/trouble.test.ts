import { describe, expect, it } from 'vitest';
import { joinBooks } from '../../../loadtest/books/join.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import { storm } from '../../../loadtest/scenarios/storm.ts';
import { troubleFigures } from '../../../loadtest/scenarios/trouble.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { booksOf, exampleBooks, k6Call, ledgerEntry } from '../reconcile/example-books.ts';

const load = { callsPerSecond: 10, durationMs: 60_000 };

/** The storm lasts from 15 s to 25 s. */
function figures(made: readonly { call: Partial<K6Call>; requests: readonly Partial<LedgerEntry>[] }[]) {
  const calls = made.map(({ call }, index) => ({ ...k6Call(`call-${index}`, 'ok'), ...call }));
  const ledger = made.flatMap(({ requests }, index) =>
    requests.map((change, attempt) => ({ ...ledgerEntry(`call-${index}`, attempt, 200), ...change })),
  );
  const books = joinBooks(booksOf({ ...exampleBooks(), spans: [], calls, ledger }));
  return troubleFigures(storm, books, load);
}

const calm = { phase: 'calm', startedMs: 1_000 } as const;
const stormy = { phase: 'storm', startedMs: 16_000 } as const;
const after = { phase: 'calm-again' } as const;
const refused = { status: 429, usage: null };

describe('what a bad hour cost', () => {
  it('is a success only within the deadline', () => {
    const { success } = figures([
      { call: calm, requests: [{}] },
      { call: { ...stormy, durationMs: 30_001 }, requests: [{}] },
      { call: { ...stormy, outcome: 'error' }, requests: [refused] },
      { call: { ...stormy, durationMs: 29_999 }, requests: [{}] },
    ]);
    expect(success).toBe(0.5);
  });

  it('is a failure where a call never came to an end', () => {
    const books = joinBooks(
      booksOf({
        ...exampleBooks(),
        spans: [],
        calls: [k6Call('a', 'ok')],
        ledger: [ledgerEntry('a', 0, 200), ledgerEntry('b', 0, 200)],
      }),
    );
    expect(troubleFigures(storm, books, load)).toMatchObject({ calls: 2, success: 0.5 });
  });

  it('is so many requests for each call that began in it', () => {
    const { amplification } = figures([
      { call: calm, requests: [{}] },
      { call: stormy, requests: [refused, refused, {}] },
      { call: stormy, requests: [{}] },
      { call: { ...stormy, outcome: 'refused' }, requests: [] },
    ]);
    expect(amplification).toBeCloseTo(4 / 3);
  });

  it('is every answer that was billed and of no use', () => {
    const { wastedTokens, wastedUsd } = figures([
      { call: stormy, requests: [{ end: 'cut' }, {}] },
      { call: { ...stormy, outcome: 'truncated' }, requests: [{ end: 'cut' }] },
      { call: calm, requests: [{}] },
    ]);
    expect(wastedTokens).toBe(2 * 130);
    expect(wastedUsd).toBeCloseTo((2 * 80_500) / 1e9, 12);
  });

  it('lasts until the last call that still felt it', () => {
    const { recoveryMs } = figures([
      { call: { ...after, startedMs: 26_000, outcome: 'error' }, requests: [refused] },
      { call: { ...after, startedMs: 28_000, durationMs: 2_500 }, requests: [{}] },
      { call: { ...after, startedMs: 29_000, durationMs: 100 }, requests: [{}] },
    ]);
    expect(recoveryMs).toBe(3_000);
  });

  it('is nothing where nothing was felt', () => {
    expect(figures([{ call: { ...after, startedMs: 26_000 }, requests: [{}] }])).toMatchObject({
      recoveryMs: 0,
      success: 1,
      wastedTokens: 0,
    });
  });
});
