import { type JoinedBooks, joinBooks } from '../../../loadtest/books/join.ts';
import type { Judgement, Load, RunFacts, Scenario } from '../../../loadtest/scenarios/scenario.ts';
import { booksOf, exampleBooks, type OpenBooks } from '../reconcile/example-books.ts';

export const load: Load = { callsPerSecond: 10, durationMs: 60_000 };
export const noFacts: RunFacts = { events: [], samples: [] };

/** Books with nothing in them but what is given. */
export function joined(books: Partial<OpenBooks>): JoinedBooks {
  return joinBooks(booksOf({ ...exampleBooks(), calls: [], ledger: [], spans: [], metrics: [], ...books }));
}

export function judged(scenario: Scenario, books: JoinedBooks, facts: Partial<RunFacts> = {}): Judgement {
  const judgement = scenario.judge?.(books, load, { ...noFacts, ...facts });
  if (!judgement) throw new Error('it does not judge');
  return judgement;
}

/** The names of the conditions that are not met. */
export function unmet({ conditions }: Judgement): string[] {
  return conditions.filter(({ ok }) => !ok).map(({ name }) => name);
}
