import type { Clock } from '../clock.ts';

/** Waits, and ends at once when one of the signals aborts: that one is what it gives. */
export function waitFor(
  clock: Clock,
  delayMs: number,
  signals: readonly (AbortSignal | null | undefined)[],
): Promise<AbortSignal | undefined> {
  const watched = [...new Set(signals)].filter((signal) => signal instanceof AbortSignal);
  const already = watched.find((signal) => signal.aborted);
  if (already) return Promise.resolve(already);
  return new Promise((resolve) => {
    const stop = (signal: AbortSignal | undefined): void => {
      cancel();
      for (const one of watched) one.removeEventListener('abort', abort);
      resolve(signal);
    };
    const abort = (event: Event): void => stop(event.target as AbortSignal);
    const cancel = clock.schedule(() => stop(undefined), delayMs, 'work');
    for (const one of watched) one.addEventListener('abort', abort);
  });
}
