import type { K6Phase } from './config.ts';

/**
 * k6 and the mock start their clocks a moment apart, so a call that begins this shortly before the next phase may
 * meet that phase's faults. Thresholds are judged on the calls before it.
 */
export const edgeMs = 250;

export interface PhaseNow {
  readonly name: string;
  /** True when the call can meet only this phase's faults with its first attempt. */
  readonly settled: boolean;
}

/** The phase of a call that begins at `atMs` after the start; the last phase goes on for ever. */
export function phaseOf(phases: readonly K6Phase[], atMs: number): PhaseNow {
  const index = phases.findIndex((phase) => atMs < phase.toMs);
  const phase = index === -1 ? phases[phases.length - 1] : phases[index];
  if (!phase) return { name: 'none', settled: false };
  const isLast = index === -1 || index === phases.length - 1;
  return { name: phase.name, settled: isLast || atMs < phase.toMs - edgeMs };
}
