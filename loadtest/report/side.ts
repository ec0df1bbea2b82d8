import type { JoinedBooks } from '../books/join.ts';
import { phasesOf } from '../phases.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type Asked, generatorOf } from './generator.ts';
import { type MadeCall, madeCalls } from './made-calls.ts';
import type { Phase, ServiceLevel, SideFigures } from './model.ts';
import { recoveries } from './recovery.ts';
import { phaseRows } from './rows.ts';
import { sourceOf } from './source.ts';
import { timelineOf } from './timeline.ts';
import { phaseTotals } from './totals.ts';
import { wastedRows } from './wasted.ts';

/** What both sides of a run have in common. */
export interface Setting {
  readonly scenario: Scenario;
  readonly durationMs: number;
  readonly level: ServiceLevel;
  readonly asked: Asked;
}

/** What one side came to, from its books. */
export function sideFigures(joined: JoinedBooks, measuredMs: number, setting: Setting): SideFigures {
  const { scenario, durationMs, level, asked } = setting;
  const calls = madeCalls(joined.byCall);
  const source = sourceOf(joined);
  const ledger = joined.books.mock ?? [];
  const phases = shownPhases(scenario, durationMs);
  return {
    rows: phaseRows(
      calls,
      phases.map(({ name }) => name),
      level,
      source,
    ),
    totals: phaseTotals({ calls, phases, level, measuredMs, source, ledger }),
    timeline: timelineOf({ calls, level, durationMs, source, ledger }),
    wasted: wastedRows(calls),
    recoveries: recoveries({
      calls,
      phases: phases.map((phase, index) => ({
        ...phase,
        isTroubled: (scenario.phases[index]?.faults.length ?? 0) > 0,
      })),
      level,
      measuredMs,
    }),
    generator: generatorOf(joined.books.k6, asked, measuredMs),
    source,
  };
}

export function shownPhases(scenario: Scenario, durationMs: number): Phase[] {
  return phasesOf(scenario, durationMs).map((phase, index) => ({
    ...phase,
    faults: scenario.phases[index]?.says ?? '',
  }));
}

/** All of the load's time, or up to the last call of one that was cut short. */
export function measuredMsOf(calls: readonly MadeCall[], durationMs: number, partial: boolean): number {
  if (!partial) return durationMs;
  const lastMs = calls.reduce((latest, { seen }) => Math.max(latest, seen.startedMs), 0);
  return Math.min(durationMs, lastMs);
}
