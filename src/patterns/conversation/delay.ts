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
