/** So much at a time. */
export interface Use {
  readonly atMs: number;
  readonly amount: number;
}

/** The rolling window in which most was used. */
export interface WorstWindow {
  /** The most in any window; 0 where nothing was used. */
  readonly amount: number;
  /** By how much that is more than the limit; 0 where it is not. */
  readonly over: number;
  /** When the first such window begins; null where nothing was used. */
  readonly fromMs: number | null;
}

/**
 * The most that was used within any rolling window, exactly. Two uses that lie a whole window apart share none. `uses`
 * must be in order of time.
 */
export function worstWindowOf(uses: readonly Use[], windowMs: number, limit: number): WorstWindow {
  // Microseconds are whole, so their comparison is exact.
  const windowUs = Math.round(windowMs * 1_000);
  const timesUs = uses.map(({ atMs }) => Math.round(atMs * 1_000));
  let amount = 0;
  let fromMs: number | null = null;
  let sum = 0;
  let first = 0;
  for (const [index, use] of uses.entries()) {
    sum += use.amount;
    while ((timesUs[first] ?? 0) + windowUs <= (timesUs[index] ?? 0)) sum -= uses[first++]?.amount ?? 0;
    if (sum <= amount) continue;
    amount = sum;
    fromMs = uses[first]?.atMs ?? null;
  }
  return { amount, over: Math.max(0, amount - limit), fromMs };
}
