import type { JoinedBooks } from '../books/join.ts';
import type { ReceivedTelemetry } from '../otlp/received.ts';
import type { Reconciliation } from '../reconcile/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { errorRows } from './errors.ts';
import type { Asked } from './generator.ts';
import { madeCalls } from './made-calls.ts';
import type { RunReport, ServiceLevel } from './model.ts';
import { modelRows } from './models.ts';
import { defaultServiceLevel } from './service-level.ts';
import { measuredMsOf, type Setting, shownPhases, sideFigures } from './side.ts';
import { telemetryHealth } from './telemetry-health.ts';
import { notableTraces } from './traces.ts';

export interface BuildInput {
  readonly header: RunReport['header'];
  readonly scenario: Scenario;
  readonly joined: JoinedBooks;
  /** Of the bare client's turn, where it had one and the wrapped client too. */
  readonly bare?: JoinedBooks | undefined;
  readonly reconciliation: Reconciliation;
  readonly verdict: RunReport['verdict'];
  readonly telemetry: {
    readonly metricPoints: number;
    readonly exportFailures: number;
    readonly received: ReceivedTelemetry;
  };
  /** What the scenario demands beside k6's thresholds. */
  readonly conditions?: RunReport['thresholds'];
  readonly comparison?: RunReport['comparison'] | undefined;
  readonly serviceLevel?: Partial<ServiceLevel> | undefined;
  /** k6's scenarios, where they are not `json` and `streams`. */
  readonly generated?: Asked['scenarios'];
  readonly notes?: readonly string[];
}

/** The report, from the books and what was made of them. */
export function buildReport(input: BuildInput): RunReport {
  const { header, scenario, joined, bare, reconciliation, verdict, conditions = [], comparison } = input;
  const { durationMs, offeredPerSecond, partial, seed } = header;
  const serviceLevel = { ...defaultServiceLevel, ...input.serviceLevel };
  const setting: Setting = {
    scenario,
    durationMs,
    level: serviceLevel,
    asked: {
      seed,
      arePolled: scenario.offers === 'jobs',
      scenarios: input.generated ?? [
        { name: scenario.offers === 'jobs' ? 'json start' : 'json', perSecond: offeredPerSecond.json },
        { name: 'streams', perSecond: offeredPerSecond.streams },
      ],
    },
  };
  const calls = madeCalls(joined.byCall);
  const measuredMs = measuredMsOf(calls, durationMs, partial);
  const errors = errorRows(joined);
  return {
    header,
    verdict,
    ...(input.notes && input.notes.length > 0 && { notes: input.notes }),
    serviceLevel,
    measuredMs,
    phases: shownPhases(scenario, durationMs),
    ...sideFigures(joined, measuredMs, setting),
    errors,
    models: modelRows(joined),
    invariants: reconciliation.invariants,
    thresholds: [...(joined.books.k6.summary?.thresholds ?? []), ...conditions],
    telemetry: telemetryHealth(joined, input.telemetry),
    ...(comparison === undefined ? {} : { comparison }),
    // Where both sides are there, the bare client had its whole turn.
    ...(bare && { bare: sideFigures(bare, durationMs, setting) }),
    traces: notableTraces(calls, errors),
  };
}
