import type { Meter } from './meter.ts';
import { capacityOf, type Rule } from './rule.ts';

/**
 * A bucket that holds the limit, starts full and refills evenly.
 *
 * Its level is counted in units of 1/`windowUs` of a token (or request), of which exactly `amount` flow in each
 * microsecond: whole numbers, so nothing is ever rounded. They can be larger than a double holds exactly.
 */
export function createBucketMeter(rule: Rule): Meter {
  const unit = BigInt(rule.windowMs) * 1_000n;
  const perUs = BigInt(rule.amount);
  const full = perUs * BigInt(rule.heldMs) * 1_000n;
  const capacity = Math.ceil(capacityOf(rule));
  let level = full;
  let atUs = 0;

  function refill(nowUs: number): void {
    level = smaller(full, level + BigInt(nowUs - atUs) * perUs);
    atUs = nowUs;
  }

  /** More than the bucket holds is let through when it is full; only for a share is that ever asked. */
  function needed(amount: number): bigint {
    return smaller(BigInt(amount) * unit, full);
  }

  function remaining(): number {
    return Number(floorOf(level, unit));
  }

  return {
    state(nowUs) {
      refill(nowUs);
      return { remaining: remaining(), resetUs: Number(ceilingOf(full - level, perUs)) };
    },
    waitUs(nowUs, amount) {
      refill(nowUs);
      const missing = needed(amount) - level;
      return missing <= 0n ? 0 : Number(ceilingOf(missing, perUs));
    },
    saidWaitMs(nowUs, amount) {
      refill(nowUs);
      const missing = Math.min(amount, capacity) - remaining();
      return (missing * rule.windowMs) / rule.amount;
    },
    take(nowUs, amount) {
      refill(nowUs);
      level -= BigInt(amount) * unit;
      return { amount, atUs: nowUs };
    },
    count(nowUs) {
      refill(nowUs);
      if (level > 0n) level = level > unit ? level - unit : 0n;
    },
    settle(nowUs, receipt, actual) {
      if (actual <= receipt.amount) return;
      refill(nowUs);
      level -= BigInt(actual - receipt.amount) * unit;
      receipt.amount = actual;
    },
  };
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function floorOf(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && value % divisor !== 0n ? quotient - 1n : quotient;
}

function ceilingOf(value: bigint, divisor: bigint): bigint {
  return -floorOf(-value, divisor);
}
