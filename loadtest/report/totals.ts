import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries } from '../books/join.ts';
import type { MadeCall } from './made-calls.ts';
import type { Phase, PhaseTotal, ServiceLevel, Source } from './model.ts';
import { total } from './percentile.ts';
import { isGood } from './service-level.ts';
import { type AskedFor, askedFor, byLedger } from './source.ts';
import { unknownWaste, wastedBy } from './wasted.ts';

export interface TotalsInput {
  readonly calls: readonly MadeCall[];
  readonly phases: readonly Phase[];
  readonly level: ServiceLevel;
  readonly measuredMs: number;
  readonly source: Source;
  /** All that the provider got, by whomever. */
  readonly ledger: readonly LedgerEntry[];
}

/** A total for each phase that the run reached, over all kinds of call, then one over all of it. */
export function phaseTotals(input: TotalsInput): PhaseTotal[] {
  const { calls, phases, measuredMs } = input;
  const names = [...new Set(phases.map(({ name }) => name))];
  return [
    ...names.flatMap((name) => {
      const chosen = calls.filter(({ seen }) => seen.phase === name);
      const lengthMs = total(
        phases.filter((phase) => phase.name === name).map((phase) => measuredOf(phase, measuredMs)),
      );
      return lengthMs === 0 && chosen.length === 0 ? [] : [totalOf(name, chosen, input, lengthMs)];
    }),
    totalOf('all', calls, input, measuredMs),
  ];
}

/** So much of the phase lies in the time that was measured. */
function measuredOf({ fromMs, toMs }: Phase, measuredMs: number): number {
  return Math.max(0, Math.min(toMs, measuredMs) - fromMs);
}

function totalOf(
  phase: string,
  calls: readonly MadeCall[],
  { level, source, ledger }: TotalsInput,
  lengthMs: number,
): PhaseTotal {
  const { costUsd, backoffMs, throttleMs } = askedIn(phase, calls, source, ledger);
  const good = calls.filter(({ seen }) => isGood(seen, level)).length;
  return {
    phase,
    offered: calls.length,
    succeeded: calls.filter(({ seen }) => seen.outcome === 'ok').length,
    good,
    goodPerSecond: lengthMs === 0 ? 0 : good / (lengthMs / 1_000),
    requestsPerCall: calls.length === 0 ? 0 : requestsIn(phase, calls, source, ledger) / calls.length,
    backoffMs,
    throttleMs,
    costUsd,
    wasted: source === 'ledger in all' ? unknownWaste : wastedBy(calls),
  };
}

/** Where nobody knows whose a request was, the phase in which it arrived is that of its call. */
function askedIn(
  phase: string,
  calls: readonly MadeCall[],
  source: Source,
  ledger: readonly LedgerEntry[],
): AskedFor {
  if (source !== 'ledger in all') return askedFor(calls, source);
  return byLedger(ledger.filter((entry) => phase === 'all' || entry.phase === phase));
}

function requestsIn(
  phase: string,
  calls: readonly MadeCall[],
  source: Source,
  ledger: readonly LedgerEntry[],
): number {
  if (source !== 'telemetry') return askedIn(phase, calls, source, ledger).requests;
  return total(calls.map(requestsOf));
}

/** By the ledger; of a call that it does not know, the attempts that the telemetry knows. */
function requestsOf({ entries }: MadeCall): number {
  const { ledger, attempts }: CallEntries = entries;
  return ledger.length > 0 ? ledger.length : attempts.length;
}
