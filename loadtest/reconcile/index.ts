import type { JoinedBooks } from '../books/join.ts';
import type { Invariant } from '../report/model.ts';
import { outcomesAreAllowed } from './i1-outcomes-allowed.ts';
import { everyCallHasOneOutcome } from './i2-one-outcome.ts';
import { attemptsAreRequests } from './i3-attempts.ts';
import { tokensAndCostAgree } from './i6-tokens-and-cost.ts';
import { spansAreComplete } from './i7-spans.ts';

/** What follows from the books, and what cannot be judged because a book is missing. */
export interface Reconciliation {
  readonly invariants: readonly Invariant[];
  readonly unjudged: readonly string[];
}

const checks = [
  { id: 'I1', needsLedger: true, check: outcomesAreAllowed },
  { id: 'I2', needsLedger: false, check: everyCallHasOneOutcome },
  { id: 'I3', needsLedger: true, check: attemptsAreRequests },
  { id: 'I6', needsLedger: true, check: tokensAndCostAgree },
  { id: 'I7', needsLedger: false, check: spansAreComplete },
] as const;

/** Compares the three books. */
export function reconcile(joined: JoinedBooks): Reconciliation {
  const possible = checks.filter(({ needsLedger }) => joined.books.mock !== undefined || !needsLedger);
  return {
    invariants: possible.map(({ check }) => check(joined)),
    unjudged: checks.filter((check) => !possible.includes(check)).map(({ id }) => id),
  };
}
