import { checkNumber, checkString, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { checkFields, type Field, type Fields, number, positive, required, text } from './chaos/field.ts';
import { parseFault } from './fault-parser.ts';
import type { Fault } from './faults.ts';

/** A stretch of the run in which the same faults may happen. */
export interface Phase {
  /** For the ledger and reports; need not be unique. @default `phase-` and its index in the schedule */
  readonly name?: string;
  /**
   * When it begins, in milliseconds after the start, at least 0. What lies between two phases is calm; no two may
   * overlap. @default where the one before it in the list ends
   */
  readonly fromMs?: number;
  /** How long it lasts, in milliseconds, more than 0. */
  readonly forMs: number;
  /** What goes wrong in it. @default nothing */
  readonly faults?: readonly Fault[];
  /** What is wrong in it, for a reader. */
  readonly says?: string;
}

/** The phases of a run, from its start. After the last one all is calm. */
export type Schedule = readonly Phase[];

/** Faults are checked one by one, and by `parseFaults` together. */
const faultsField: Field = {
  required: false,
  schema: {},
  check: (path, value) => void parseFaults(path, value),
};

export const phaseFields: Fields = {
  name: text('For the ledger and reports.'),
  fromMs: number(
    'When it begins, in milliseconds after the start; where the one before it ends by default.',
    { min: 0 },
  ),
  forMs: required(positive('How long it lasts, in milliseconds.')),
  faults: faultsField,
  says: text('What is wrong in it, for a reader.'),
};

/** Checks a schedule from a user or from the control API; a problem is named by its path. */
export function parseSchedule(path: string, value: unknown): Schedule {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of phases', value);
  const phases = value.map((phase, index) => parsePhase(`${path}[${index}]`, phase));
  refuseOverlaps(path, phases);
  return phases;
}

function parsePhase(path: string, value: unknown): Phase {
  const { name, fromMs, forMs, faults, says } = checkFields(path, value, phaseFields);
  return {
    ...(name === undefined ? {} : { name: checkString(`${path}.name`, name) }),
    ...(fromMs === undefined ? {} : { fromMs: checkNumber(`${path}.fromMs`, fromMs) }),
    forMs: checkNumber(`${path}.forMs`, forMs),
    ...(faults === undefined ? {} : { faults: parseFaults(`${path}.faults`, faults) }),
    ...(says === undefined ? {} : { says: checkString(`${path}.says`, says) }),
  };
}

/** How far a sum of decimal fractions may be off for want of binary digits. */
const ROUNDING = 1e-9;

/** Checks faults that may happen at the same time. */
export function parseFaults(path: string, value: unknown): readonly Fault[] {
  if (!Array.isArray(value)) throw invalidOption(path, 'an array of faults', value);
  const faults = value.map((fault, index) => parseFault(`${path}[${index}]`, fault));
  const sum = faults.reduce((total, fault) => total + fault.rate, 0);
  if (sum > 1 + ROUNDING) {
    throw new TelltaleError(
      'invalid_option',
      `Expected the rates in \`${path}\` to sum to at most 1, got \`${Number(sum.toFixed(9))}\``,
      { option: path },
    );
  }
  return faults;
}

/** When a phase begins and ends, in milliseconds after the start. */
export interface Span {
  readonly index: number;
  readonly phase: Phase;
  readonly fromMs: number;
  readonly toMs: number;
}

/** In the order of the list. */
export function spansOf(schedule: Schedule): Span[] {
  let endMs = 0;
  return schedule.map((phase, index) => {
    const fromMs = phase.fromMs ?? endMs;
    endMs = fromMs + phase.forMs;
    return { index, phase, fromMs, toMs: endMs };
  });
}

function refuseOverlaps(path: string, phases: Schedule): void {
  const spans = spansOf(phases).sort((a, b) => a.fromMs - b.fromMs || a.index - b.index);
  for (const [place, span] of spans.entries()) {
    const before = spans[place - 1];
    if (!before || span.fromMs >= before.toMs * (1 - ROUNDING)) continue;
    const [first, second] = [before, span]
      .sort((a, b) => a.index - b.index)
      .map((each) => nameSpan(path, each));
    // The later in the list is the one to move.
    const at = Math.max(span.index, before.index);
    throw new TelltaleError(
      'invalid_option',
      `Expected phases not to overlap, but ${first} and ${second} do`,
      {
        option: phases[at]?.fromMs === undefined ? `${path}[${at}]` : `${path}[${at}].fromMs`,
      },
    );
  }
}

function nameSpan(path: string, { index, phase, fromMs, toMs }: Span): string {
  const name = phase.name === undefined ? '' : ` '${phase.name}'`;
  return `\`${path}[${index}]\`${name} (${fromMs} ms to ${toMs} ms)`;
}
