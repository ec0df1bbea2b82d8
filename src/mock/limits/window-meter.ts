import type { Meter, Receipt } from './meter.ts';
import { capacityOf, type Rule } from './rule.ts';

/** Dropped entries are given back to the memory when they are at least so many, and half of the log. */
const FEWEST_DROPPED = 1_024;

/**
 * A log of what was taken within the last window: at most that much is taken in any rolling window, exactly. What was
 * taken at a time does not count any more a whole window later. The log holds no entry that is older.
 */
export function createWindowMeter(rule: Rule): Meter {
  const windowUs = rule.heldMs * 1_000;
  const capacity = capacityOf(rule);
  let log: Receipt[] = [];
  let first = 0;
  let sum = 0;

  function forget(nowUs: number): void {
    for (let entry = log[first]; entry && isOut(entry, nowUs); entry = log[++first]) sum -= entry.amount;
    if (first < FEWEST_DROPPED || first * 2 < log.length) return;
    log = log.slice(first);
    first = 0;
  }

  function isOut({ atUs }: Receipt, nowUs: number): boolean {
    return atUs + windowUs <= nowUs;
  }

  function waitUs(nowUs: number, amount: number): number {
    forget(nowUs);
    // More than the whole limit is let through when nothing else counts; only for a share is that ever asked.
    const room = Math.max(0, capacity - amount);
    let excess = sum - room;
    if (excess <= 0) return 0;
    let at = first;
    for (let entry = log[at]; entry; entry = log[++at]) {
      excess -= entry.amount;
      if (excess <= 0) return entry.atUs + windowUs - nowUs;
    }
    return 0;
  }

  function add(atUs: number, amount: number): Receipt {
    const entry = { amount, atUs };
    log.push(entry);
    sum += amount;
    return entry;
  }

  return {
    state(nowUs) {
      forget(nowUs);
      const last = log.at(-1);
      return {
        remaining: Math.floor(capacity) - sum,
        resetUs: last && first < log.length ? last.atUs + windowUs - nowUs : 0,
      };
    },
    waitUs,
    saidWaitMs: (nowUs, amount) => waitUs(nowUs, amount) / 1_000,
    take(nowUs, amount) {
      forget(nowUs);
      return add(nowUs, amount);
    },
    count(nowUs) {
      forget(nowUs);
      if (sum + 1 <= capacity) add(nowUs, 1);
    },
    settle(nowUs, receipt, actual) {
      forget(nowUs);
      if (!isOut(receipt, nowUs)) sum += actual - receipt.amount;
      receipt.amount = actual;
    },
  };
}
