import { checkNumber, checkObject, checkString, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { parseFault } from './fault-parser.ts';
import type { Fault } from './faults.ts';

/** A stretch of the run in which the same faults may happen. */
export interface Phase {
  /** For the ledger and reports; need not be unique. @default `phase-` and its index in the schedule */
  readonly name?: string;
  /** How long it lasts, in milliseconds, more than 0. The next phase follows at once. */
  readonly forMs: number;
  /** What goes wrong in it. @default nothing */
  readonly faults?: readonly Fault[];
}

/** The phases of a run, from its start. After the last one all is calm. */
export type Schedule = readonly Phase[];

/** Checks a schedule from a user or from the control API; a problem is named by its path. */
export function parseSchedule(path: string, value: unknown): Schedule {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of phases', value);
  return value.map((phase, index) => parsePhase(`${path}[${index}]`, phase));
}

function parsePhase(path: string, value: unknown): Phase {
  const { name, forMs, faults } = checkObject(path, value, ['name', 'forMs', 'faults']);
  return {
    ...(name === undefined ? {} : { name: checkString(`${path}.name`, name) }),
    forMs: checkPositive(`${path}.forMs`, forMs),
    ...(faults === undefined ? {} : { faults: parseFaults(`${path}.faults`, faults) }),
  };
}

function checkPositive(path: string, value: unknown): number {
  if (checkNumber(path, value, { min: 0 }) === 0) throw invalidOption(path, 'more than 0', value);
  return Number(value);
}

/** How far a sum of decimal fractions may be above 1 for want of binary digits. */
const ROUNDING = 1e-9;

function parseFaults(path: string, value: unknown): readonly Fault[] {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of faults', value);
  const faults = value.map((fault, index) => parseFault(`${path}[${index}]`, fault));
  const sum = faults.reduce((total, fault) => total + fault.rate, 0);
  if (sum > 1 + ROUNDING) {
    throw new TelltaleError(
      'invalid_option',
      `Expected the rates in \`${path}\` to sum to at most 1, got \`${Number(sum.toFixed(9))}\``,
    );
  }
  return faults;
}

/** Where a run is at some moment. */
export interface PhaseNow {
  /** Its index in the schedule; the number of phases once the schedule is over. */
  readonly index: number;
  readonly name: string;
  readonly faults: readonly Fault[];
}

/** The phase at `elapsedMs` after the start. With `loop` the schedule begins again after its last phase. */
export function phaseAt(schedule: Schedule, loop: boolean, elapsedMs: number): PhaseNow {
  const totalMs = schedule.reduce((sum, phase) => sum + phase.forMs, 0);
  let leftMs = loop && totalMs > 0 ? elapsedMs % totalMs : elapsedMs;
  for (const [index, phase] of schedule.entries()) {
    if (leftMs < phase.forMs) {
      return { index, name: phase.name ?? `phase-${index}`, faults: phase.faults ?? [] };
    }
    leftMs -= phase.forMs;
  }
  return { index: schedule.length, name: 'calm', faults: [] };
}
