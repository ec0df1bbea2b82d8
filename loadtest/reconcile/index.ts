import type { JoinedBooks } from '../books/join.ts';
import type { Invariant } from '../report/model.ts';
import { outcomesAreAllowed } from './i1-outcomes-allowed.ts';
import { everyCallHasOneOutcome } from './i2-one-outcome.ts';
import { attemptsAreRequests } from './i3-attempts.ts';
import { tokensAndCostAgree } from './i6-tokens-and-cost.ts';
import { spansAreComplete } from './i7-spans.ts';
import { brokenStreamsAreNamed } from './i8-truncated.ts';
import { nothingIsLeft } from './i9-nothing-left.ts';

/** What follows from the books, and what cannot be judged because a book is missing or unfinished. */
export interface Reconciliation {
  readonly invariants: readonly Invariant[];
  readonly unjudged: readonly Unjudged[];
}

export interface Unjudged {
  readonly ids: readonly string[];
  readonly because: string;
}

interface Check {
  readonly id: string;
  readonly needsLedger: boolean;
  readonly check: (joined: JoinedBooks) => Invariant;
}

const checks: readonly Check[] = [
  { id: 'I1', needsLedger: true, check: outcomesAreAllowed },
  { id: 'I2', needsLedger: false, check: everyCallHasOneOutcome },
  { id: 'I3', needsLedger: true, check: attemptsAreRequests },
  { id: 'I6', needsLedger: true, check: tokensAndCostAgree },
  { id: 'I7', needsLedger: false, check: spansAreComplete },
  { id: 'I8', needsLedger: true, check: brokenStreamsAreNamed },
  { id: 'I9', needsLedger: true, check: nothingIsLeft },
];

/** Compares the three books. */
export function reconcile(joined: JoinedBooks): Reconciliation {
  const { mock, telemetry } = joined.books;
  if (telemetry.openCalls === undefined) {
    const because = 'the gateway ended before it had sent all of its telemetry';
    return { invariants: [], unjudged: [{ ids: checks.map(({ id }) => id), because }] };
  }
  const possible = checks.filter(({ needsLedger }) => mock !== undefined || !needsLedger);
  const ids = checks.filter((check) => !possible.includes(check)).map(({ id }) => id);
  return {
    invariants: possible.map(({ check }) => check(joined)),
    unjudged: ids.length === 0 ? [] : [{ ids, because: 'the mock provider’s ledger is missing' }],
  };
}
