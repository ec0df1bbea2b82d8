/** The smallest value that is at least as large as this part of all (nearest rank); 0 of nothing. */
export function percentile(values: readonly number[], part: number): number {
  return percentileOfSorted(
    values.toSorted((a, b) => a - b),
    part,
  );
}

/** The same of values in ascending order. */
export function percentileOfSorted(sorted: readonly number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
