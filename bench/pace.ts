export interface Rate {
  readonly perSecond: number;
  readonly durationMs: number;
}

/** What came of requests that were made at a rate. */
export interface Paced {
  readonly offered: number;
  readonly failed: number;
  /** Of each that went well, from when it was due to its end. */
  readonly lateMs: readonly number[];
}

const tickMs = 5;
const settleMs = 30_000;

/**
 * Makes requests at a rate. One is due whether or not those before it were answered; the load cannot slow down with what it
 * measures.
 *
 * @param ask whether it went well; a rejection is one that did not
 */
export async function atRate({ perSecond, durationMs }: Rate, ask: () => Promise<boolean>): Promise<Paced> {
  const offered = Math.round((perSecond * durationMs) / 1_000);
  const lateMs: number[] = [];
  let failed = 0;
  let sent = 0;
  const startedMs = performance.now();
  await new Promise<void>((resolve) => {
    const giveUp = setTimeout(resolve, durationMs + settleMs);
    const ended = (isWell: boolean, dueMs: number): void => {
      if (isWell) lateMs.push(performance.now() - dueMs);
      else failed++;
      if (lateMs.length + failed < offered) return;
      clearTimeout(giveUp);
      resolve();
    };
    const tick = setInterval(() => {
      const due = Math.min(offered, Math.floor(((performance.now() - startedMs) * perSecond) / 1_000));
      while (sent < due) {
        const dueMs = startedMs + (sent++ * 1_000) / perSecond;
        ask().then(
          (isWell) => ended(isWell, dueMs),
          () => ended(false, dueMs),
        );
      }
      if (sent === offered) clearInterval(tick);
    }, tickMs);
  });
  return { offered, failed, lateMs };
}
