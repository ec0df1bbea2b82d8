import type { Rule } from '../../../src/mock/limits/rule.ts';

/**
 * Both laws as plainly as they can be said, each decision over the whole history. Amounts are counted in `1/windowUs`
 * of one, in which everything is a whole number.
 */
export interface Reference {
  waitUs(nowUs: number, amount: number): number;
  take(nowUs: number, amount: number): void;
  count(nowUs: number): void;
  /** Corrects the `nth` taking to what it used. */
  settle(nowUs: number, nth: number, actual: number): void;
  remaining(nowUs: number): number;
}

/**
 * A bucket holds no more than its size, so what is in it is the least, over every moment of the past, of a full bucket
 * then, what has flowed in since and what has been taken since.
 */
export function referenceBucket({ amount: rate, windowMs, heldMs }: Rule): Reference {
  const unit = BigInt(windowMs) * 1_000n;
  const full = BigInt(rate) * BigInt(heldMs) * 1_000n;
  const takings: { atUs: number; scaled: bigint }[] = [];
  const taken: number[] = [];

  function level(nowUs: number): bigint {
    let least = full;
    let since = 0n;
    for (const { atUs, scaled } of takings.toReversed()) {
      since += scaled;
      const then = full + BigInt(nowUs - atUs) * BigInt(rate) - since;
      if (then < least) least = then;
    }
    return least;
  }

  function fits(nowUs: number, amount: number): boolean {
    const needed = BigInt(amount) * unit;
    return level(nowUs) >= (needed < full ? needed : full);
  }

  return {
    waitUs: (nowUs, amount) => firstThat((us) => fits(nowUs + us, amount)),
    take(atUs, amount) {
      takings.push({ atUs, scaled: BigInt(amount) * unit });
      taken.push(amount);
    },
    count(atUs) {
      const left = level(atUs);
      const scaled = left < unit ? left : unit;
      if (scaled > 0n) takings.push({ atUs, scaled });
    },
    settle(atUs, nth, actual) {
      const more = actual - (taken[nth] ?? 0);
      if (more <= 0) return;
      takings.push({ atUs, scaled: BigInt(more) * unit });
      taken[nth] = actual;
    },
    remaining(nowUs) {
      const left = level(nowUs);
      const whole = left / unit;
      return Number(left < 0n && left % unit !== 0n ? whole - 1n : whole);
    },
  };
}

/** All that was taken since a window ago, added up anew each time. */
export function referenceWindow({ amount: rate, windowMs, heldMs }: Rule): Reference {
  const capacity = (rate * heldMs) / windowMs;
  const windowUs = heldMs * 1_000;
  const all: { atUs: number; amount: number }[] = [];
  const taken: { atUs: number; amount: number }[] = [];

  function used(nowUs: number): number {
    return all.filter(({ atUs }) => atUs > nowUs - windowUs).reduce((sum, { amount }) => sum + amount, 0);
  }

  function fits(nowUs: number, amount: number): boolean {
    return amount >= capacity ? used(nowUs) === 0 : used(nowUs) + amount <= capacity;
  }

  return {
    waitUs: (nowUs, amount) => firstThat((us) => fits(nowUs + us, amount)),
    take(atUs, amount) {
      const entry = { atUs, amount };
      all.push(entry);
      taken.push(entry);
    },
    count(atUs) {
      if (used(atUs) + 1 <= capacity) all.push({ atUs, amount: 1 });
    },
    settle(_nowUs, nth, actual) {
      const entry = taken[nth];
      if (entry) entry.amount = actual;
    },
    remaining: (nowUs) => Math.floor(capacity) - used(nowUs),
  };
}

/** The first whole number for which it holds, by halving; once it holds, it holds for all that follow. */
function firstThat(holds: (value: number) => boolean): number {
  if (holds(0)) return 0;
  let below = 0;
  let above = 1;
  while (!holds(above)) {
    below = above;
    above *= 2;
  }
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return above;
}
