import type { Server } from 'node:http';
import { type Clock, longestTimerMs } from '../../clock.ts';
import type { Run } from '../run.ts';
import { shutsPort } from './timeline.ts';

/** The port that a server listens on, as far as the schedule shuts it. */
export interface Port {
  /** Does what the run's faults say now, and waits for when they next say something else. */
  follow(run: Run): void;
  /** Stops following; the server is the caller's to close. */
  release(): void;
}

/** Where the port was taken meanwhile it is tried again this often. */
const AGAIN_MS = 100;

/** `listen` makes the server listen where it did; it tells of that by the event, and of failure likewise. */
export function createPort(server: Server, clock: Clock, listen: () => void): Port {
  let state: 'open' | 'opening' | 'shut' = 'open';
  let cancel: (() => void) | undefined;
  let run: Run | undefined;

  function look(): void {
    cancel?.();
    cancel = undefined;
    if (!run || state === 'opening') return;
    const elapsedMs = run.elapsedMs();
    const refuses = shutsPort(run.chaos.phaseAt(elapsedMs));
    if (refuses && state === 'open') shut();
    if (!refuses && state === 'shut') {
      open();
      return;
    }
    const nextMs = run.chaos.nextPortChangeMs(elapsedMs);
    if (nextMs !== undefined) wait(nextMs - elapsedMs);
  }

  /** Nothing else keeps a process alive whose server does not listen. */
  function wait(forMs: number): void {
    const delayMs = Math.min(Math.max(forMs, 1), longestTimerMs);
    cancel = clock.schedule(look, delayMs, state === 'open' ? 'housekeeping' : 'work');
  }

  function shut(): void {
    state = 'shut';
    // Closes idle connections too.
    server.close();
  }

  function open(): void {
    state = 'opening';
    listen();
  }

  function opened(): void {
    state = 'open';
    if (run) look();
    else server.close();
  }

  function failed(): void {
    state = 'shut';
    if (run) cancel = clock.schedule(look, AGAIN_MS, 'work');
  }

  server.on('listening', opened);
  server.on('error', failed);
  return {
    follow(next) {
      run = next;
      look();
    },
    release() {
      run = undefined;
      cancel?.();
    },
  };
}
