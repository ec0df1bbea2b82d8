import type { Fault } from '../../src/mock/faults.ts';
import type { LimitOptions } from '../../src/mock/limits/limit.ts';
import type { ObserveOptions } from '../../src/options.ts';
import type { JoinedBooks } from '../books/join.ts';
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
  /** How long most calls take at the worst; k6 holds so many users ready. @default 3 */
  readonly secondsInCall?: number;
  judge?(books: JoinedBooks, load: Load): Judgement;
  /** The same load is put on the bare client first, and this says what is to be seen side by side. */
  compare?(sides: Sides, load: Load): RunReport['comparison'];
}
