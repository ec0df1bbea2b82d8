import type { Fault } from '../faults.ts';
import { type Schedule, spansOf } from '../schedule.ts';

/** Where a run is at some moment. */
export interface PhaseNow {
  /** Its index in the schedule; the number of phases between and after them; -1 while faults are set by hand. */
  readonly index: number;
  readonly name: string;
  readonly faults: readonly Fault[];
}

/** A schedule, ready to be asked. */
export interface Timeline {
  /** The phase at a time after its start. */
  phaseAt(elapsedMs: number): PhaseNow;
  /** When, after that time, the port opens or shuts next; undefined where it never does again. */
  nextPortChangeMs(elapsedMs: number): number | undefined;
}

interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly now: PhaseNow;
}

/** With `loop` it begins again where its last phase ends. `scale` multiplies every time in it. */
export function createTimeline(
  schedule: Schedule,
  { loop, scale }: { loop: boolean; scale: number },
): Timeline {
  const calm: PhaseNow = { index: schedule.length, name: 'calm', faults: [] };
  const stretches: Stretch[] = spansOf(schedule)
    .map(({ index, phase, fromMs, toMs }) => ({
      fromMs: fromMs * scale,
      toMs: toMs * scale,
      now: { index, name: phase.name ?? `phase-${index}`, faults: phase.faults ?? [] },
    }))
    .sort((a, b) => a.fromMs - b.fromMs);
  const totalMs = stretches.at(-1)?.toMs ?? 0;
  const repeats = loop && totalMs > 0;
  const changesMs = portChanges(stretches);

  return {
    phaseAt(elapsedMs) {
      const atMs = repeats ? elapsedMs % totalMs : elapsedMs;
      for (const { fromMs, toMs, now } of stretches) {
        if (atMs < fromMs) break;
        if (atMs < toMs) return now;
      }
      return calm;
    },
    nextPortChangeMs(elapsedMs) {
      const roundMs = repeats ? elapsedMs - (elapsedMs % totalMs) : 0;
      const next =
        changesMs.find((atMs) => roundMs + atMs > elapsedMs) ?? (repeats ? changesMs[0] : undefined);
      if (next === undefined) return undefined;
      return roundMs + next > elapsedMs ? roundMs + next : roundMs + totalMs + next;
    },
  };
}

/** Both ends of each phase in which the port is shut, rising. */
function portChanges(stretches: readonly Stretch[]): number[] {
  return stretches.filter(({ now }) => shutsPort(now)).flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
}

export function shutsPort({ faults }: PhaseNow): boolean {
  return faults.some((fault) => 'kind' in fault && fault.kind === 'refuse');
}
