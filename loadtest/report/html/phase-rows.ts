import { count } from '../format.ts';
import type { PhaseRow, RunReport, Spread } from '../model.ts';
import { figuresOf } from '../text-tables.ts';
import { type Html, html } from './escape.ts';

/** The name of the rows that cover the whole run. */
export const WHOLE_RUN = 'all';

export const KIND_NAMES: Readonly<Record<PhaseRow['kind'], string>> = {
  json: 'JSON',
  stream: 'streams',
  embeddings: 'embeddings',
  request: 'requests',
};

/** The rows of one phase name, which may be none. */
export interface RowGroup {
  readonly phase: string;
  /** Its number in the timeline: several where phases share a name and so their rows, none for the whole run. */
  readonly numbers: readonly number[];
  readonly faults: string;
  readonly rows: readonly PhaseRow[];
}

/** Every phase in its order, then any other that rows speak of, the whole run last. */
export function rowGroups(run: Pick<RunReport, 'phases' | 'rows'>): readonly RowGroup[] {
  const numbered = run.phases.map((phase, index) => ({ ...phase, number: index + 1 }));
  const named = [...run.phases.map((phase) => phase.name), ...run.rows.map((row) => row.phase)];
  const names = [...new Set(named)].filter((name) => name !== WHOLE_RUN);
  const phases = names.map((name) => {
    const same = numbered.filter((phase) => phase.name === name);
    return {
      phase: name,
      numbers: same.map((phase) => phase.number),
      faults: same.map((phase) => phase.faults).find((faults) => faults !== '') ?? '',
      rows: run.rows.filter((row) => row.phase === name),
    };
  });
  const whole = run.rows.filter((row) => row.phase === WHOLE_RUN);
  return [...phases, { phase: 'Whole run', numbers: [], faults: '', rows: whole }];
}

/** The phase's number and name, as the timeline labels it. */
export function phaseTitle({ numbers, phase }: RowGroup): Html {
  const marks = numbers.map((number) => html`<span class="number">${count(number)}</span> `);
  return html`${marks}${phase}`;
}

/** Without a call that ended there is no latency, whatever number stands in its place. */
export function hasLatency(row: PhaseRow): boolean {
  return row.succeeded + row.failed > 0 && isWhole(row.whole);
}

/** Whether every figure of it exists. */
export function isWhole(spread: Spread): boolean {
  return figuresOf(spread).every(Number.isFinite);
}
