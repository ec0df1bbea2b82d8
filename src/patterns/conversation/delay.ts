import type { Clock } from '../../clock.ts';

/** @throws the reason of `signal` */
export async function delay(clock: Clock, delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const aborted = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(
      () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      },
      delayMs,
      'work',
    );
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/**
 * Waits for work of somebody else's, which may know nothing of the signal and never end.
 *
 * @throws the reason of `signal`
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  let aborted = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
