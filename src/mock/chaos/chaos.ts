import type { Fault } from '../faults.ts';
import type { Schedule } from '../schedule.ts';
import { createTimeline, type PhaseNow, type Timeline } from './timeline.ts';

/** A schedule, and how it is followed. */
export interface Course {
  readonly schedule: Schedule;
  readonly loop: boolean;
  /** Every time in the schedule is multiplied by it. */
  readonly scale: number;
}

/** What goes wrong in a run: its schedule, or what was set by hand since. */
export interface Chaos {
  /** The schedule that is followed now. */
  readonly course: Course;
  /** What was set by hand; undefined where the schedule decides. */
  readonly byHand: readonly Fault[] | undefined;
  phaseAt(elapsedMs: number): PhaseNow;
  nextPortChangeMs(elapsedMs: number): number | undefined;
  /** Follows another schedule, which begins at `elapsedMs`. */
  follow(course: Course, elapsedMs: number): void;
  /** These faults alone, whatever the schedule says; undefined goes back to it. */
  setByHand(faults: readonly Fault[] | undefined): void;
}

export function createChaos(first: Course): Chaos {
  let course = first;
  let timeline: Timeline = createTimeline(first.schedule, first);
  let startMs = 0;
  let hand: PhaseNow | undefined;
  return {
    get course() {
      return course;
    },
    get byHand() {
      return hand?.faults;
    },
    phaseAt: (elapsedMs) => hand ?? timeline.phaseAt(elapsedMs - startMs),
    nextPortChangeMs(elapsedMs) {
      if (hand) return undefined;
      const nextMs = timeline.nextPortChangeMs(elapsedMs - startMs);
      return nextMs === undefined ? undefined : nextMs + startMs;
    },
    follow(next, elapsedMs) {
      course = next;
      timeline = createTimeline(next.schedule, next);
      startMs = elapsedMs;
    },
    setByHand(faults) {
      hand = faults && { index: -1, name: 'by-hand', faults };
    },
  };
}
