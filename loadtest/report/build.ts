import type { JoinedBooks } from '../books/join.ts';
import { phasesOf } from '../phases.ts';
import type { Reconciliation } from '../reconcile/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { errorRows } from './errors.ts';
import type { RunReport } from './model.ts';
import { modelRows } from './models.ts';
import { madeCalls, phaseRows } from './rows.ts';
import { timelineOf } from './timeline.ts';
import { notableTraces } from './traces.ts';

export interface BuildInput {
  readonly header: RunReport['header'];
  readonly scenario: Scenario;
  readonly joined: JoinedBooks;
  readonly reconciliation: Reconciliation;
  readonly verdict: RunReport['verdict'];
  readonly telemetry: RunReport['telemetry'];
  /** What the scenario demands beside k6's thresholds. */
  readonly conditions?: RunReport['thresholds'];
  readonly comparison?: RunReport['comparison'] | undefined;
}

/** The report, from the books and what was made of them. */
export function buildReport(input: BuildInput): RunReport {
  const { header, scenario, joined, reconciliation, verdict, telemetry, conditions = [], comparison } = input;
  const phases = phasesOf(scenario, header.durationMs).map((phase, index) => ({
    ...phase,
    faults: scenario.phases[index]?.says ?? '',
  }));
  const calls = madeCalls(joined.byCall);
  return {
    header,
    verdict,
    phases,
    rows: phaseRows(
      calls,
      phases.map(({ name }) => name),
    ),
    timeline: timelineOf(calls),
    errors: errorRows(joined.byCall),
    models: modelRows(joined.byCall),
    invariants: reconciliation.invariants,
    thresholds: [...(joined.books.k6.summary?.thresholds ?? []), ...conditions],
    telemetry,
    ...(comparison === undefined ? {} : { comparison }),
    traces: notableTraces(calls),
  };
}
