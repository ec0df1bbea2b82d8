import { describe, expect, it } from 'vitest';
import { sabotageReasons } from '../../loadtest/sabotage-verdict.ts';
import { addTo, reconciled } from './reconcile/example-books.ts';

const invariants = (spoil?: Parameters<typeof reconciled>[0]) => reconciled(spoil).invariants;

describe('a run with a planted bug', () => {
  it('has nothing more against it when the bug was named, and nothing else broke', () => {
    const spoilt = invariants((books) => addTo(books, 'telltale.cost', { sum: 1e-9 }));
    expect(sabotageReasons('wrong-cost', spoilt)).toEqual([]);
  });

  it('is not green when the bug did not show', () => {
    expect(sabotageReasons('wrong-cost', invariants())).toEqual([
      'I6 did not name the planted bug wrong-cost (wrong cost): perhaps it had no occasion; raise --rate or --duration',
    ]);
  });

  it('is not content with another break of the same invariant', () => {
    const spoilt = invariants((books) => addTo(books, 'telltale.tokens', { sum: 1 }));
    expect(sabotageReasons('wrong-cost', spoilt)).toHaveLength(1);
  });

  it('says which others broke', () => {
    const spoilt = invariants((books) => {
      addTo(books, 'telltale.cost', { sum: 1e-9 });
      books.openCalls = 1;
      books.iterations++;
    });
    expect(sabotageReasons('wrong-cost', spoilt)).toEqual([
      'beside I6, which names the planted bug, I2, I9 broke',
    ]);
  });
});
