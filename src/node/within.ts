import type { Clock } from '../clock.ts';

/** Resolves when `work` is settled, however, or after `timeoutMs`, whichever is first. Never rejects. */
export function settledWithin(work: Promise<unknown>, timeoutMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(resolve, timeoutMs, 'work');
    const end = (): void => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}
