import type { EarlierRow, PhaseRow, Recovery, RunReport, Spread, VerdictWord, Wasted } from './model.ts';
import { total } from './percentile.ts';
import { stateOf } from './state.ts';

/** Goes up with every change after which a reader of the file before it would read it wrong. */
export const schemaVersion = 1;

/** What `verdict.json` holds: what a CI asks of a run, and what `--compare` reads. Times are in milliseconds. */
export interface VerdictFile {
  readonly schemaVersion: typeof schemaVersion;
  readonly verdict: VerdictWord;
  readonly green: boolean;
  /** k6 could not keep its arrival rate: the figures prove nothing. */
  readonly void: boolean;
  /** The run was cut short: the figures cover only what happened. */
  readonly partial: boolean;
  /** What a reader must know of the figures beside the verdict. */
  readonly notes: readonly string[];
  /** Why it is not green. */
  readonly reasons: readonly string[];
  /** Which book requests, tokens, cost and waits come from. */
  readonly source: RunReport['source'];
  readonly scenario: string;
  readonly seed: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly measuredMs: number;
  readonly offeredPerSecond: { readonly json: number; readonly streams: number };
  readonly sabotage: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
  readonly serviceLevel: RunReport['serviceLevel'];
  readonly invariants: readonly {
    readonly id: string;
    readonly title: string;
    readonly difference: number;
    /** In which ways it is broken, and how often; empty where there is only one way. */
    readonly broken: readonly string[];
  }[];
  /** k6's thresholds and what the scenario demands beside them. */
  readonly conditions: RunReport['thresholds'];
  /** One a phase, then one over the whole run, whose name is `all`. */
  readonly phases: readonly VerdictPhase[];
  readonly recoveries: readonly (Omit<Recovery, 'afterMs'> & { readonly afterMs: number | null })[];
  readonly wasted: RunReport['wasted'];
  readonly errors: RunReport['errors'];
  readonly telemetry: RunReport['telemetry'];
  readonly generator: {
    readonly askedPerSecond: number;
    readonly offeredPerSecond: number;
    readonly dropped: number | null;
    readonly lag: Spread | null;
    readonly usersBusy: number | null;
    readonly usersReady: number | null;
  };
  /** The same load on the bare client and on the wrapped one, as text. */
  readonly comparison: RunReport['comparison'] | null;
  /** The figures that got worse since the run that `--compare` named; null without one. */
  readonly regressions: readonly EarlierRow[] | null;
}

export interface VerdictPhase {
  readonly name: string;
  readonly offered: number;
  readonly succeeded: number;
  /** Within the service level. */
  readonly good: number;
  readonly goodPerSecond: number;
  /** Parts of `offered`, 0 to 1; null where nothing was offered. */
  readonly goodShare: number | null;
  readonly succeededShare: number | null;
  /** Null, as the figures after it, where no book knows it. */
  readonly requestsPerCall: number | null;
  /** Sums over all calls. */
  readonly backoffMs: number | null;
  readonly throttleMs: number | null;
  readonly costUsd: number | null;
  readonly wasted: Wasted;
  readonly kinds: readonly {
    readonly kind: PhaseRow['kind'];
    readonly offered: number;
    readonly good: number;
    readonly whole: Spread;
    readonly firstChunk: Spread | null;
    readonly chunkGap: Spread | null;
    /** The longest time between two tokens of each stream. */
    readonly longestGap: Spread | null;
  }[];
}

export function verdictFileOf(report: RunReport): VerdictFile {
  const { header, verdict, generator } = report;
  const { scenario, seed, startedAt, durationMs, offeredPerSecond, versions, machine } = header;
  return {
    schemaVersion,
    verdict: stateOf(report),
    green: verdict.green,
    void: verdict.void === true,
    partial: header.partial,
    reasons: verdict.reasons,
    notes: report.notes ?? [],
    source: report.source,
    scenario,
    seed,
    startedAt,
    durationMs,
    measuredMs: report.measuredMs,
    offeredPerSecond,
    sabotage: header.sabotage ?? null,
    versions,
    machine,
    serviceLevel: report.serviceLevel,
    invariants: report.invariants.map(({ id, title, difference, broken = [] }) => ({
      id,
      title,
      difference,
      broken,
    })),
    conditions: report.thresholds,
    phases: phasesOf(report),
    recoveries: report.recoveries.map(({ afterMs = null, ...recovery }) => ({ ...recovery, afterMs })),
    wasted: report.wasted,
    errors: report.errors,
    telemetry: report.telemetry,
    generator: {
      askedPerSecond: generator.askedPerSecond,
      offeredPerSecond: generator.offeredPerSecond,
      dropped: generator.dropped ?? null,
      lag: generator.lag ?? null,
      usersBusy: generator.users?.busy ?? null,
      usersReady: generator.users?.ready ?? null,
    },
    comparison: report.comparison ?? null,
    regressions: report.earlier?.rows.filter(({ change }) => change === 'worse') ?? null,
  };
}

function phasesOf({ totals, rows }: RunReport): VerdictPhase[] {
  return totals.map(({ phase: name, ...figures }) => ({
    name,
    ...figures,
    requestsPerCall: known(figures.requestsPerCall),
    backoffMs: known(figures.backoffMs),
    throttleMs: known(figures.throttleMs),
    costUsd: known(figures.costUsd),
    goodShare: shareOf(figures.good, figures.offered),
    succeededShare: shareOf(figures.succeeded, figures.offered),
    kinds: rows
      .filter(({ phase }) => phase === name)
      .map(({ kind, offered, good, whole, firstChunk = null, chunkGap = null, longestGap = null }) => ({
        kind,
        offered,
        good,
        whole,
        firstChunk,
        chunkGap,
        longestGap,
      })),
  }));
}

function known(figure: number): number | null {
  return Number.isFinite(figure) ? figure : null;
}

function shareOf(part: number, of: number): number | null {
  return of === 0 ? null : part / of;
}

/** Over all invariants. */
export function differencesOf({ invariants }: Pick<VerdictFile, 'invariants'>): number {
  return total(invariants.map(({ difference }) => Math.abs(difference)));
}
