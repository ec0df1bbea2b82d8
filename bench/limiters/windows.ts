/** The most of some times that any window of this length holds, wherever it begins; one end belongs to it. */
export function worstWindow(timesMs: readonly number[], windowMs: number): number {
  const sorted = [...timesMs].sort((a, b) => a - b);
  let worst = 0;
  let first = 0;
  for (const [last, endMs] of sorted.entries()) {
    while (endMs - (sorted[first] ?? endMs) >= windowMs) first++;
    worst = Math.max(worst, last - first + 1);
  }
  return worst;
}
