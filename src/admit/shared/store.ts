import type { BudgetStore } from '../../account/budget/store.ts';
import type { Clock } from '../../clock.ts';
import type { CheckedAnswer } from '../learn/provider-answer.ts';
import type { CheckedRequest, LimiterStats } from '../limiter.ts';
import type { CheckedOptions } from '../limiter-options.ts';
import type { Permit } from '../permit.ts';
import type { LeaseOptions, WhenDown } from './options.ts';

/** A process that asks says at least this often that it is there: more often costs the store time and says no more. */
export const beatMs = 1_000;

/** A limit as the store holds it. */
export interface StoreMeter {
  /** Limit, and a digest of the project or user where it is theirs. */
  readonly name: string;
  readonly quota: number;
  readonly ofRequests: boolean;
  readonly widthMs: number;
  /** Parts of the ring; 0 where there is none. */
  readonly parts: number;
  /** Of the bucket; 0 where there is none. */
  readonly capacity: number;
  readonly perMs: number;
  /** Of a second; 0 where it is not held. */
  readonly share: number;
  readonly shareWidthMs: number;
  readonly shareParts: number;
}

/** What was taken at a time of the store turned out to be another amount. */
export interface Correction {
  readonly meter: StoreMeter;
  readonly takenMs: number;
  readonly difference: number;
  readonly isRelease: boolean;
}

/** The provider has counted at least so much; what of it the store does not know leaves evenly. */
export interface StoreTold {
  readonly meter: StoreMeter;
  readonly atLeast: number;
  readonly leavesInMs: number;
}

export interface StoreWaiter {
  /** Place in `groups`. */
  readonly group: number;
  readonly priority: number;
  readonly tokens: number;
  readonly ageMs: number;
}

/** All that wait of a priority in a group, whether they are among the waiters that are sent or not. */
export interface StoreLane {
  readonly group: number;
  readonly priority: number;
  readonly count: number;
  /** Of the one that has waited longest. */
  readonly tokens: number;
  readonly ageMs: number;
  /** Of all together. */
  readonly sumTokens: number;
}

export interface LeaseWish {
  readonly group: number;
  readonly count: number;
  readonly tokens: number;
}

/** One exchange with the store. */
export interface StoreRequest {
  readonly id: string;
  /** Of the store's memory, as last known; empty where none is, or where it may have ended since. */
  readonly epoch: string;
  /** How long the memory is kept when nobody comes. */
  readonly keptMs: number;
  /** The store's time as it was heard last; 0 where it was not. */
  readonly storeMs: number;
  /** Since then no more has gone by, until the store can have this: it stands on a clock that nobody puts ahead. */
  readonly sinceMs: number;
  readonly meters: readonly StoreMeter[];
  /** By their place in `meters`. */
  readonly groups: readonly (readonly number[])[];
  readonly waiters: readonly StoreWaiter[];
  /** The waiters went already: all that have a verdict are taken, and one that is a number says how long it would have waited. */
  readonly isShadow: boolean;
  readonly lanes: readonly StoreLane[];
  readonly leases: readonly LeaseWish[];
  /** Of `batch`: what the store has had of it already counts for nothing. Their meters are in `meters`. */
  readonly corrections: readonly Correction[];
  readonly batch: number;
  /** Counts after the corrections. Their meters are in `meters`. */
  readonly told: readonly StoreTold[];
  /** The process says that it is there, and the memory is kept for so long from now. At least every `beatMs`. */
  readonly isBeat: boolean;
  /** The last of this process, which is a beat as well. */
  readonly isBye: boolean;
}

/** `'admitted'`, the milliseconds after which to ask again, or undefined where that was not looked at. */
export type Verdict = 'admitted' | number | undefined;

export interface StoreReply {
  /** The store's time: the stamp of all that it took. */
  readonly nowMs: number;
  readonly epoch: string;
  readonly liveInstances: number;
  readonly verdicts: readonly Verdict[];
  readonly meters: readonly { readonly used: number; readonly roomInMs: number }[];
  readonly leases: readonly { readonly count: number; readonly tokens: number }[];
  /** How much of what was told the store did not know. */
  readonly foreign: readonly number[];
}

export const sharedStoreMark = Symbol.for('telltale.shared-store');

/** Where several processes hold their limits together. `redisStore` makes one. */
export interface SharedStore {
  readonly [sharedStoreMark]: true;
  readonly whenDown: WhenDown;
  readonly timeoutMs: number;
  readonly lease: Required<LeaseOptions> | false;
  /** Makes the store of the budgets that are kept beside the limits. */
  readonly budgets?: (clock: Clock) => BudgetStore;
  /** Whether an answer can be expected at all. */
  isReachable(): boolean;
  /** Rejects with `NonsenseError` where the answer cannot be understood, with any other error where there is none. */
  exchange(request: StoreRequest): Promise<StoreReply>;
  /** Lets calls go as the limits that are held here allow. */
  schedule(options: CheckedOptions, clock: Clock): CallScheduler;
}

/** What a limiter does once its options are checked. */
export interface CallScheduler {
  acquire(checked: CheckedRequest): Promise<Permit>;
  learn(checked: CheckedAnswer): void;
  stats(): LimiterStats;
  close(): void | Promise<void>;
}

export function isSharedStore(given: unknown): given is SharedStore {
  return typeof given === 'object' && given !== null && sharedStoreMark in given;
}

/** The store answered what none of its versions does. */
export class NonsenseError extends Error {}
