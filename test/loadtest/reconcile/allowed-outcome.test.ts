import { describe, expect, it } from 'vitest';
import { judgeOutcome } from '../../../loadtest/reconcile/allowed-outcome.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';
import { ledgerEntry } from './example-books.ts';

const good = ledgerEntry('c', 0, 200);
const refused = ledgerEntry('c', 0, 429);
const reset = ledgerEntry('c', 0, null);
const cut: LedgerEntry = { ...good, end: 'cut' };
const hungUp: LedgerEntry = { ...good, end: 'client-closed' };
const onlyThought: LedgerEntry = {
  ...good,
  usage: { inputTokens: 5, cachedTokens: 0, outputTokens: 64, reasoningTokens: 64 },
  finishReason: 'length',
};

describe('an outcome is allowed by the last request of its call', () => {
  it.each<[string, LedgerEntry[]]>([
    ['ok', [refused, good]],
    // What broke off and is called a success is I8's to find.
    ['ok', [cut]],
    ['empty', [onlyThought]],
    ['truncated', [cut]],
    ['error', [refused]],
    ['error', [reset]],
    ['error', []],
    ['error', [cut]],
    ['cancelled', [hungUp]],
    ['cancelled', []],
    ['abandoned', [hungUp]],
    ['refused', [refused]],
    ['refused', []],
  ])('%s', (outcome, ledger) => {
    expect(judgeOutcome(outcome, undefined, ledger)).toEqual({ kind: 'allowed' });
  });
});

describe('an outcome is contradicted by the last request of its call', () => {
  it.each<[string, LedgerEntry[], string]>([
    ['ok', [good, refused], '429 complete'],
    ['ok', [], 'no request'],
    ['ok', [{ ...good, end: 'pending' }], '200 pending'],
    ['ok', [reset], 'no answer (reset)'],
    ['ok', [onlyThought], 'shows nothing'],
    ['empty', [good], '200 complete'],
    ['truncated', [good], '200 complete'],
    ['error', [refused, good], '200 complete'],
    ['abandoned', [refused], '429 complete'],
    ['refused', [good], '200 complete'],
    ['splendid', [good], 'no such outcome'],
  ])('%s', (outcome, ledger, why) => {
    const verdict = judgeOutcome(outcome, undefined, ledger);
    expect(verdict.kind).toBe('contradicted');
    expect(verdict).toHaveProperty('why', expect.stringContaining(why));
  });
});

it('calls a timeout that crossed a whole answer a race', () => {
  expect(judgeOutcome('error', 'timeout', [good]).kind).toBe('race');
});
