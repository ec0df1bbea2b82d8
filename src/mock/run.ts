import type { Clock } from '../clock.ts';
import { type Bucket, createBucket } from './bucket.ts';
import { type Chaos, type Course, createChaos } from './chaos/chaos.ts';
import { copyOf, type LedgerEntry, type OpenEntry } from './ledger.ts';
import { createGate, type Gate } from './limits/gate.ts';
import type { LimitPlan } from './limits/limit.ts';
import { webhooksOf } from './webhooks/webhooks.ts';
import { World, type WorldPlan } from './world.ts';

/** What a start of the mock sets. */
export interface Plan extends LimitPlan, Course, WorldPlan {
  readonly seed: number;
}

/** Everything that a start begins anew. A request keeps the run in which it arrived. */
export interface Run {
  readonly plan: Plan;
  /** When it started, in milliseconds since 1970. */
  readonly startedEpochMs: number;
  /** Milliseconds since the start, to the microsecond. */
  elapsedMs(): number;
  readonly chaos: Chaos;
  /** Counts an arrival of this call id, or of a request without one. */
  arrive(callId: string | undefined): { readonly callId: string; readonly attempt: number };
  /** The entry's place in the ledger is its order of arrival. */
  record(entry: Omit<OpenEntry, 'seq'>): OpenEntry;
  ledger(): LedgerEntry[];
  /** The entries themselves, for reading only. */
  readonly entries: readonly LedgerEntry[];
  /** What is reported of all its requests together where no limits are set. */
  readonly bucket: Bucket;
  /** The limits; undefined where there are none. */
  readonly gate: Gate | undefined;
  /** What the provider remembers. */
  readonly world: World;
}

export function createRun(plan: Plan, clock: Clock): Run {
  const startedMs = clock.nowMs();
  const entries: OpenEntry[] = [];
  const arrivals = new Map<string, number>();
  let anonymous = 0;
  const world = new World(plan.seed, clock, plan);
  // So that they listen before anything can happen.
  webhooksOf(world);
  return {
    plan,
    startedEpochMs: clock.epochMs(),
    elapsedMs: () => Math.round((clock.nowMs() - startedMs) * 1_000) / 1_000,
    chaos: createChaos(plan),
    arrive(given) {
      const callId = given ?? `anon-${anonymous++}`;
      const attempt = arrivals.get(callId) ?? 0;
      arrivals.set(callId, attempt + 1);
      return { callId, attempt };
    },
    record(entry) {
      const recorded = { seq: entries.length, ...entry };
      entries.push(recorded);
      return recorded;
    },
    ledger: () => entries.map(copyOf),
    entries,
    bucket: createBucket(clock),
    gate: plan.limits.length === 0 ? undefined : createGate(plan),
    world,
  };
}
