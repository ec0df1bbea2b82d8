import pLimit from 'p-limit';
import { TelltaleError } from '../../errors.ts';
import { beginSpan } from '../../index.ts';
import type { RecordStore } from '../store/record-store.ts';
import { Handover } from './handover.ts';
import { apiLimits, type BatchOptions, type CheckedOptions, checkOptions } from './options.ts';
import { PartKeeper } from './part-keeper.ts';
import { queueKey } from './part-run.ts';
import { makePlan, makeSpool, type Plan, removeSpool } from './plan.ts';
import { type BatchProgress, progressOf } from './progress.ts';
import { BatchProvider } from './provider.ts';
import { QueueQuota } from './queue-quota.ts';
import type { BatchResult } from './result.ts';
import { type BatchRun, deadlineExceeded, startRun } from './run.ts';
import { type BatchRecords, batchRecords, type KeptBounds, partId, type RunState } from './state.ts';
import { WakeUps } from './wake-ups.ts';
import type { Work } from './work.ts';

/**
 * Sends requests through the Batch API, at half the price, and gives their results as they come. However many there are:
 * they are checked, divided into batches by the limits of the API and by model, uploaded and watched; those that fail in a
 * way that may pass are asked again in a batch of their own. Nothing is sent before every request is known to be sendable.
 * What was done is kept in the store: the same call in a later process goes on, and makes no batch twice.
 *
 * @throws TelltaleError `invalid_option`, also for requests that cannot be sent; `record_locked` where somebody else works
 *   on this id; `record_damaged`, `record_newer`
 *
 * @example
 * ```ts
 * const run = await batch({ client: openai, store: fileRecords('./batches'), id: 'nightly', requests: 'requests.jsonl' });
 * for await (const { customId, response, error } of run.results()) {
 *   console.log(customId, error ? error.message : response.body);
 * }
 * console.log(run.costUsd);
 * ```
 */
export async function batch(options: BatchOptions): Promise<BatchRun> {
  const checked = checkOptions(options);
  const { store, id, clock, signal, holdMs, deadlineMs } = checked;
  const records = batchRecords(store);
  const hold = await records.runs.hold(id, { signal, waitMs: holdMs });
  const stop = new AbortController();
  const abort = (reason: unknown): void => stop.abort(reason);
  const aborted = (): void => abort(signal?.reason);
  signal?.addEventListener('abort', aborted, { once: true });
  const cancelDeadline =
    deadlineMs === undefined
      ? undefined
      : clock.schedule(() => abort(deadlineExceeded(id, deadlineMs)), deadlineMs, 'work');
  let spool: string | undefined;
  const end = async (): Promise<void> => {
    cancelDeadline?.();
    signal?.removeEventListener('abort', aborted);
    try {
      if (spool !== undefined) await clearSpool(records, id);
    } finally {
      await hold.release();
    }
  };
  try {
    if (signal?.aborted) throw signal.reason;
    // What a process that was killed has left.
    await clearSpool(records, id);
    spool = await makeSpool(checked.directory);
    await records.spools.write(id, { path: spool });
    return await begin(checked, records, { spool, signal: stop.signal, abort, end });
  } catch (error) {
    await end();
    throw error;
  }
}

interface Beginning {
  readonly spool: string;
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  readonly end: () => Promise<void>;
}

async function begin(
  options: CheckedOptions,
  records: BatchRecords,
  { spool, signal, abort, end }: Beginning,
): Promise<BatchRun> {
  const { id, clock, client, delaysMs, maxAttempts, keepFiles, redeliver, completionWindow } = options;
  const stored = await records.runs.read(id);
  const bounds = stored?.value.bounds ?? boundsOf(options);
  const plan = await makePlan({
    ...{ requests: options.requests, endpoint: options.endpoint, model: options.model },
    ...{ bounds: { ...bounds, tokensOf: tokensOf(bounds.tokens) }, directory: spool, signal },
  });
  if (stored && (stored.value.digest !== plan.digest || stored.value.endpoint !== plan.endpoint))
    throw otherRequests(id);
  const before = stored?.value ?? newRun(plan, bounds, options);
  const span = beginSpan('batch', {
    attributes: { 'telltale.batch.requests.total': plan.requests },
    traceparent: before.traceparent,
  });
  let run: RunState = { ...before, ...traceOf(before.traceparent ?? span.traceparent) };
  const waiting = { clock, signal };
  const results = new Handover<BatchResult>();
  const wakeUps = new WakeUps(waiting);
  const keepers: PartKeeper[] = [];
  const onChange = (): void => options.onProgress?.(progressOf(id, run, keepers));
  const setRun = async (changes: Partial<RunState>): Promise<void> => {
    const changed = { ...run, ...changes };
    await records.runs.write(id, changed);
    run = changed;
    onChange();
  };
  const work: Work = {
    ...{ id, clock, signal, records, spool, completionWindow, maxAttempts, keepFiles, redeliver, delaysMs },
    ...{ results, wakeUps, onChange },
    provider: new BatchProvider(client, waiting),
    quota: new QueueQuota(tokensOf(options.queueTokens), (model) => wakeUps.wake(queueKey(model))),
    uploading: pLimit(2),
    reading: pLimit(1),
    run: () => run,
    costUsd: (answered) => options.handle.batchCostUsd(answered),
    expectBatch: (batchId) => options.handle.expectBatch(batchId),
  };
  try {
    await records.runs.write(id, run, stored?.revision ?? null);
    for (const part of plan.parts) keepers.push(await PartKeeper.open(work, part, run.key));
  } catch (error) {
    span.end(error);
    throw error;
  }
  return startRun({ work, keepers, results, span, setRun, abort, end });
}

async function clearSpool({ spools }: BatchRecords, id: string): Promise<void> {
  const stored = await spools.read(id);
  if (!stored) return;
  await removeSpool(stored.value.path);
  await spools.delete(id);
}

function boundsOf({ maxRequests, maxBytes, queueTokens }: CheckedOptions): KeptBounds {
  const { inputs } = apiLimits;
  const tokens = queueTokens === undefined ? {} : { tokens: queueTokens };
  return { requests: maxRequests, bytes: maxBytes, inputs, ...tokens };
}

function tokensOf(most: KeptBounds['tokens']): (model: string) => number {
  if (typeof most === 'number') return () => most;
  return (model) =>
    (most && Object.hasOwn(most, model) ? most[model] : undefined) ?? Number.POSITIVE_INFINITY;
}

function newRun(
  { endpoint, digest, parts, requests }: Plan,
  bounds: KeptBounds,
  { clock }: CheckedOptions,
): RunState {
  const digits = (): string =>
    Math.floor(clock.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return {
    ...{ key: digits() + digits(), endpoint, digest, bounds, parts: parts.length, requests },
    createdMs: Math.floor(clock.epochMs()),
    isCancelled: false,
    isDone: false,
  };
}

function traceOf(traceparent: string | undefined): { readonly traceparent?: string } {
  return traceparent === undefined ? {} : { traceparent };
}

function otherRequests(id: string): TelltaleError {
  return new TelltaleError(
    'invalid_option',
    `The batch \`${id}\` was begun with other requests, and those are kept. Give another id for these, or take the old ones out with \`forgetBatch\`.`,
    { option: 'options.id' },
  );
}

/**
 * How far a run is that may be at work in another process, or in none, as that process last stored it. Nothing is asked of
 * the provider.
 *
 * @returns undefined where there is no such run
 * @throws TelltaleError `record_damaged`, `record_newer`
 *
 * @example
 * ```ts
 * const progress = await readBatch(fileRecords('./batches'), 'nightly');
 * console.log(progress?.succeeded, progress?.openBatches);
 * ```
 */
export async function readBatch(store: RecordStore, id: string): Promise<BatchProgress | undefined> {
  const records = batchRecords(store);
  const run = await records.runs.read(id);
  if (!run) return undefined;
  const parts = await Promise.all(
    Array.from(
      { length: run.value.parts },
      async (_, part) => (await records.parts.read(partId(id, part)))?.value,
    ),
  );
  const known = parts.filter((state) => state !== undefined);
  return progressOf(
    id,
    run.value,
    known.map((state) => ({ state, live: undefined, waitsForQueue: false })),
  );
}

/**
 * Takes a run out of the store, with what a process that was killed has left of it, so that its id can be used for other
 * requests. Its batches at the provider are left alone: cancel it first.
 *
 * @returns whether there was one
 * @throws TelltaleError `record_locked` while somebody works on it
 *
 * @example
 * ```ts
 * await forgetBatch(fileRecords('./batches'), 'nightly');
 * ```
 */
export async function forgetBatch(store: RecordStore, id: string): Promise<boolean> {
  const records = batchRecords(store);
  const { runs, parts } = records;
  const hold = await runs.hold(id, { waitMs: 0 });
  try {
    await clearSpool(records, id);
    const run = await runs.read(id);
    for (let part = 0; part < (run?.value.parts ?? 0); part++) await parts.delete(partId(id, part));
    return await runs.delete(id);
  } finally {
    await hold.release();
  }
}
