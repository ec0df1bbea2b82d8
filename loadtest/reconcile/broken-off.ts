import type { LedgerEntry } from '../../src/mock/ledger.ts';

/** A good answer that began and did not come to its end. */
export function brokeOff(entry: LedgerEntry | undefined): boolean {
  return entry?.status === 200 && entry.end !== 'complete' && entry.end !== 'pending';
}
