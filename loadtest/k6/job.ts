/** Statuses in which a background Response changes no more. */
const over: readonly string[] = ['completed', 'failed', 'incomplete', 'cancelled'];

export function isOver(status: string): boolean {
  return over.includes(status);
}

const firstPauseMs = 100;
const longestPauseMs = 1_000;
const patienceMs = 25_000;

/** Until a job is asked about again: a third of its age so far. Undefined when its caller has no more patience. */
export function pollPauseMs(ageMs: number): number | undefined {
  if (ageMs > patienceMs) return undefined;
  return Math.min(longestPauseMs, Math.max(firstPauseMs, ageMs / 3));
}
