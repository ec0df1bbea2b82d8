import type { CallEntries } from '../books/join.ts';
import { attr } from '../otlp/names.ts';
import type { MadeCall } from './made-calls.ts';
import type { Phase, PhaseTotal, ServiceLevel } from './model.ts';
import { total } from './percentile.ts';
import { attributeSum, waits } from './rows.ts';
import { isGood } from './service-level.ts';
import { wastedBy } from './wasted.ts';

/** A total for each phase that the run reached, over all kinds of call, then one over all of it. */
export function phaseTotals(
  calls: readonly MadeCall[],
  phases: readonly Phase[],
  level: ServiceLevel,
  measuredMs: number,
): PhaseTotal[] {
  const names = [...new Set(phases.map(({ name }) => name))];
  return [
    ...names.flatMap((name) => {
      const chosen = calls.filter(({ seen }) => seen.phase === name);
      const lengthMs = total(
        phases.filter((phase) => phase.name === name).map((phase) => measuredOf(phase, measuredMs)),
      );
      return lengthMs === 0 && chosen.length === 0 ? [] : [totalOf(name, chosen, level, lengthMs)];
    }),
    totalOf('all', calls, level, measuredMs),
  ];
}

/** So much of the phase lies in the time that was measured. */
function measuredOf({ fromMs, toMs }: Phase, measuredMs: number): number {
  return Math.max(0, Math.min(toMs, measuredMs) - fromMs);
}

function totalOf(
  phase: string,
  calls: readonly MadeCall[],
  level: ServiceLevel,
  lengthMs: number,
): PhaseTotal {
  const good = calls.filter(({ seen }) => isGood(seen, level)).length;
  return {
    phase,
    offered: calls.length,
    succeeded: calls.filter(({ seen }) => seen.outcome === 'ok').length,
    good,
    goodPerSecond: lengthMs === 0 ? 0 : good / (lengthMs / 1_000),
    requestsPerCall: calls.length === 0 ? 0 : total(calls.map(requestsOf)) / calls.length,
    ...waits(calls),
    costUsd: attributeSum(calls, attr.costUsd),
    wasted: wastedBy(calls),
  };
}

/** By the ledger; of a call that it does not know, the attempts that the telemetry knows. */
function requestsOf({ entries }: MadeCall): number {
  const { ledger, attempts }: CallEntries = entries;
  return ledger.length > 0 ? ledger.length : attempts.length;
}
