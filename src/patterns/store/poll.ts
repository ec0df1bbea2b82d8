import type { Clock } from '../../clock.ts';
import type { Wait } from './turns.ts';

const leastPauseMs = 5;
const mostPauseMs = 50;

/**
 * Asks again and again, after pauses that grow and differ, until there is an answer.
 *
 * @returns undefined where none came in time
 * @throws the reason of the signal, and what `ask` throws
 */
export async function poll<T>(
  clock: Clock,
  wait: Wait,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let most = leastPauseMs; ; most = Math.min(most * 2, mostPauseMs)) {
    wait.signal?.throwIfAborted();
    const answer = await ask();
    if (answer !== undefined) return answer;
    const leftMs = wait.untilMs - clock.nowMs();
    if (leftMs <= 0) return undefined;
    await pause(clock, Math.min(leftMs, most * (0.5 + clock.random() / 2)), wait.signal);
  }
}

function pause(clock: Clock, pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      cancel();
      signal?.removeEventListener('abort', aborted);
    };
    const aborted = (): void => {
      end();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(
      () => {
        end();
        resolve();
      },
      pauseMs,
      'work',
    );
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
