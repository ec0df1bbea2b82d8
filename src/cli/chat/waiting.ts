import type { Clock } from '../../clock.ts';
import type { Terminal } from '../shared/terminal.ts';

const firstMs = 4_000;
const nextMs = 1_000;

/**
 * Says after a few seconds that an answer is still waited for, on a line that renews itself.
 *
 * @returns takes the line away; only the first time counts
 */
export function sayWaiting({ err, isLive }: Pick<Terminal, 'err' | 'isLive'>, clock: Clock): () => void {
  if (!isLive) return () => undefined;
  const startedMs = clock.nowMs();
  let isShown = false;
  const say = (): void => {
    const seconds = Math.round((clock.nowMs() - startedMs) / 1_000);
    isShown = true;
    err.write(`${eraseLine}still waiting, ${seconds} s; Ctrl-C stops it`);
    cancel = clock.schedule(say, nextMs, 'housekeeping');
  };
  let cancel = clock.schedule(say, firstMs, 'housekeeping');
  return () => {
    cancel();
    if (isShown) err.write(eraseLine);
    isShown = false;
  };
}

const eraseLine = '\r\u001b[K';
