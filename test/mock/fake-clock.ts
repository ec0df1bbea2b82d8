import type { Clock } from '../../src/clock.ts';

export interface FakeClock extends Clock {
  /** Moves on by `byMs` and runs what falls due, in order. */
  advance(byMs: number): void;
  /** Tasks that wait. */
  waiting(): number;
  /** When the next of them falls due; undefined where none waits. */
  nextDueMs(): number | undefined;
}

/** A clock that stands still until it is told to move, and has no randomness to give. */
export function createFakeClock(): FakeClock {
  let nowMs = 0;
  let tasks: { task: () => void; atMs: number }[] = [];
  return {
    nowMs: () => nowMs,
    epochMs: () => 1_767_225_600_000 + nowMs,
    random() {
      throw new Error('every draw of the mock must come from its seed');
    },
    schedule(task, delayMs) {
      const entry = { task, atMs: nowMs + delayMs };
      tasks.push(entry);
      return () => {
        tasks = tasks.filter((other) => other !== entry);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const due = tasks.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (due === undefined) break;
        tasks = tasks.filter((other) => other !== due);
        nowMs = due.atMs;
        due.task();
      }
      nowMs = untilMs;
    },
    waiting: () => tasks.length,
    nextDueMs: () => (tasks.length === 0 ? undefined : Math.min(...tasks.map(({ atMs }) => atMs))),
  };
}
