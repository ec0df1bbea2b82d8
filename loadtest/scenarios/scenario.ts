import type { Fault } from '../../src/mock/faults.ts';
import type { LimitOptions } from '../../src/mock/limits/limit.ts';
import type { ObserveOptions } from '../../src/options.ts';
import type { JoinedBooks } from '../books/join.ts';
import type { GatewaySample } from '../gateway/settings.ts';
import type { Leavers } from '../k6/config.ts';
import type { Invariant, RunReport } from '../report/model.ts';

/** A stretch of a scenario. */
export interface ScenarioPhase {
  /** Also a tag of k6's metrics, so: letters, digits, `-`. */
  readonly name: string;
  /** Its part of the run; the parts of a scenario sum to 1. */
  readonly share: number;
  readonly faults: readonly Fault[];
  /** What is wrong in it, for a reader; empty for a calm phase. */
  readonly says: string;
}

/** What is offered in a run. */
export interface Load {
  readonly callsPerSecond: number;
  readonly durationMs: number;
}

/** Options of `observe` that can be told to another process. */
export type GatewayOptions = Pick<
  ObserveOptions,
  'limits' | 'mode' | 'queue' | 'retry' | 'breaker' | 'deadlineMs' | 'streamIdleMs' | 'budget'
>;

/** What a scenario makes of the books of a run that has ended. */
export interface Judgement {
  readonly invariants: readonly Invariant[];
  /** What must hold beside k6's own thresholds. */
  readonly conditions: RunReport['thresholds'];
}

/** Something that is done to the stage while the load runs. */
export type StageEvent = {
  /** When, as a part of the run from its start. */
  readonly atShare: number;
} & StageAct;

export type StageAct =
  /** The receiver of the telemetry closes its port. */
  | { readonly kind: 'receiver-down' }
  /** It listens again, on the same port. */
  | { readonly kind: 'receiver-up' }
  /** A gateway is ended by SIGKILL; the first is 0. */
  | { readonly kind: 'kill-gateway'; readonly gateway: number };

/** What is known of a run beside its books. */
export interface RunFacts {
  /** The books of the bare client's turn, where it had one. */
  readonly bare?: JoinedBooks;
  /** What was done to the stage, and when that was, in milliseconds from the start of the load. */
  readonly events: readonly (StageAct & { readonly atMs: number })[];
  /** What the gateways measured of themselves, in order of time. */
  readonly samples: readonly GatewaySample[];
}

/** The books as far as they can agree, where a part of them is lost on purpose. */
export interface Judgeable {
  readonly books: JoinedBooks;
  /** The invariants that are not judged at all. */
  readonly without: readonly string[];
}

/** The same load through the bare client and through the wrapped one. */
export interface Sides {
  readonly bare: JoinedBooks;
  readonly wrapped: JoinedBooks;
}

export interface Scenario {
  readonly says: string;
  readonly phases: readonly ScenarioPhase[];
  /** JSON calls a second where `--rate` is not given. @default 100 */
  readonly jsonPerSecond?: number;
  /** How long it lasts where `--duration` is not given. @default 60_000 */
  readonly durationMs?: number;
  /**
   * What is offered: JSON calls and 30 % of them in streams on top; the streams alone; or background jobs, started and
   * then polled until they have ended. @default 'mixed'
   */
  readonly offers?: 'mixed' | 'streams' | 'jobs';
  /** Processes that share the load. @default 1 */
  readonly gateways?: number;
  /** How the gateways observe their client. @default nothing but observing */
  options?(load: Load): GatewayOptions;
  /** Whether the gateways hold their limits together, in Redis. */
  readonly isShared?: boolean;
  /** The limits that the provider enforces. */
  provider?(load: Load): LimitOptions;
  /** Whether calls have priorities, and say how much they may answer. */
  readonly isPrioritised?: boolean;
  /** Whether calls may be refused on purpose, so that k6 demands no success. */
  readonly mayRefuse?: boolean;
  /** The shortest run that shows what it is about; a suite gives it as much. @default any */
  readonly leastMs?: number;
  /** How long most calls take at the worst; k6 holds so many users ready. @default 3 */
  readonly secondsInCall?: number;
  /** Callers that hang up before they have their answer. */
  readonly leavers?: Leavers;
  /** What is done to the stage while the load runs, in order of time. */
  readonly events?: readonly StageEvent[];
  /** Whether the gateways measure their own memory and handles. */
  readonly isSampled?: boolean;
  /** Thresholds of k6 that take the place of the usual ones of the same name, or come on top; an empty list is none. */
  thresholds?(load: Load): Readonly<Record<string, readonly string[]>>;
  /** @default all of the books, and every invariant */
  judgeable?(books: JoinedBooks, facts: RunFacts): Judgeable;
  judge?(books: JoinedBooks, load: Load, facts: RunFacts): Judgement;
  /** The same load is put on the bare client first, and this says what is to be seen side by side. */
  compare?(sides: Sides, load: Load): RunReport['comparison'];
  /** Whether it cannot be judged without the bare client's turn, which a tour leaves out otherwise. */
  readonly needsBare?: boolean;
}
