import type { PartKeeper } from './part-keeper.ts';
import type { AttemptState, BatchUsage, PartState, RunState } from './state.ts';
import { addUsage } from './usage-sum.ts';

/** What the requests of one model used. */
export interface BatchModelFigures {
  readonly requests: number;
  readonly usage: BatchUsage;
  /** Of its batches whose cost is known; undefined where none is known. */
  readonly costUsd: number | undefined;
  /** Its batches that have answered and whose cost is not known. */
  readonly unpricedBatches: number;
}

/** How far a run is. */
export interface BatchProgress {
  readonly id: string;
  /** `cancelled` also while that is under way. */
  readonly state: 'running' | 'done' | 'cancelled';
  readonly requests: number;
  /** Requests with a final result, which was delivered. */
  readonly succeeded: number;
  readonly failed: number;
  /** Why they failed, by code. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Answered by batches that have not ended, and the results that are being read. */
  readonly answered: number;
  /** Requests that failed and were asked again in another batch. */
  readonly retried: number;
  /** Into how many batches the requests were divided, without those of retries. */
  readonly parts: number;
  readonly partsDone: number;
  /** Parts that wait until the queue of their model has room. */
  readonly partsWaiting: number;
  /** The batches that are at work. */
  readonly openBatches: readonly OpenBatch[];
  /** Undefined where nothing is known yet. `unpricedBatches` says how many are not in it. */
  readonly costUsd: number | undefined;
  readonly unpricedBatches: number;
  readonly models: Readonly<Record<string, BatchModelFigures>>;
}

/** A batch that the provider works on. */
export interface OpenBatch {
  readonly batchId: string;
  readonly model: string;
  readonly requests: number;
  /** From 1: a further one has requests that failed before. */
  readonly attempt: number;
  /** The provider's, when it was last asked. */
  readonly status: string;
  readonly completed: number;
  readonly failed: number;
}

/** A part as it is known: `live` only in the process that works on it. */
export type KnownPart = Pick<PartKeeper, 'state' | 'live' | 'waitsForQueue'>;

export function progressOf(id: string, run: RunState, parts: readonly KnownPart[]): BatchProgress {
  const attempts = parts.flatMap(({ state }) => state.attempts);
  const costs = costsOf(attempts);
  const reasons = new Map<string, number>();
  for (const attempt of attempts)
    for (const [code, count] of Object.entries(attempt.reasons))
      reasons.set(code, (reasons.get(code) ?? 0) + count);
  const openBatches = parts.flatMap(openBatchOf);
  return {
    id,
    state: run.isCancelled ? 'cancelled' : run.isDone ? 'done' : 'running',
    requests: run.requests,
    succeeded: sum(attempts, ({ succeeded }) => succeeded),
    failed: sum(attempts, ({ failed }) => failed),
    reasons: Object.fromEntries(reasons),
    answered:
      sum(openBatches, ({ completed, failed }) => completed + failed) +
      sum(attempts, ({ isRead, answered = 0, succeeded, failed }) =>
        isRead ? 0 : Math.max(0, answered - succeeded - failed),
      ),
    retried: sum(parts, ({ state }) => sum(state.attempts.slice(1), ({ requests }) => requests)),
    parts: run.parts,
    partsDone: parts.filter(({ state }) => state.isDone).length,
    partsWaiting: parts.filter(({ waitsForQueue }) => waitsForQueue).length,
    openBatches,
    ...costs,
    models: modelsOf(parts.map(({ state }) => state)),
  };
}

function openBatchOf({ state, live }: KnownPart): readonly OpenBatch[] {
  const attempt = state.attempts.at(-1);
  if (!attempt || attempt.isRead || attempt.batchId === undefined || attempt.status !== undefined) return [];
  const { batchId, requests } = attempt;
  const { status = 'unknown', completed = 0, failed = 0 } = live ?? {};
  const { model, attempts } = state;
  return [{ batchId, model, requests, attempt: attempts.length, status, completed, failed }];
}

function modelsOf(parts: readonly PartState[]): Readonly<Record<string, BatchModelFigures>> {
  const models = new Map<string, PartState[]>();
  for (const part of parts) models.set(part.model, [...(models.get(part.model) ?? []), part]);
  return Object.fromEntries(
    [...models].map(([model, own]) => {
      const attempts = own.flatMap((part) => part.attempts);
      const usage = attempts.reduce((total, attempt) => addUsage(total, attempt.usage ?? nothing), nothing);
      return [
        model,
        { requests: sum(own, (part) => part.attempts[0]?.requests ?? 0), usage, ...costsOf(attempts) },
      ];
    }),
  );
}

const nothing: BatchUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 };

function costsOf(attempts: readonly AttemptState[]) {
  // What was never sent costs nothing, and says nothing of what others cost.
  const read = attempts.filter(({ isRead, batchId }) => isRead && batchId !== undefined);
  const priced = read.filter(({ costUsd }) => costUsd !== undefined);
  return {
    costUsd: priced.length === 0 ? undefined : sum(priced, ({ costUsd = 0 }) => costUsd),
    unpricedBatches: read.length - priced.length,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
