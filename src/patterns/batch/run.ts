import { TelltaleError } from '../../errors.ts';
import type { WorkSpan } from '../../index.ts';
import type { Handover } from './handover.ts';
import type { PartKeeper } from './part-keeper.ts';
import { PartRun, refusalOf } from './part-run.ts';
import { type BatchProgress, progressOf } from './progress.ts';
import type { BatchResult } from './result.ts';
import type { RunState } from './state.ts';
import type { Work } from './work.ts';

/** A run of `batch`. */
export interface BatchRun {
  readonly id: string;
  /** Resolves when all results were read; rejects with what `results` throws. It need not be awaited. */
  readonly done: Promise<BatchProgress>;
  /** What is known of the cost so far, at the prices of batches: USD. Undefined where nothing is known. */
  readonly costUsd: number | undefined;
  /**
   * The final result of each request once, as they come, in any order. The next one is fetched when the one before it was
   * dealt with. After a crash the last ones, 256 at most, may be given again.
   *
   * @throws TelltaleError `batch_failed` where the provider refused batches as a whole, after all other results;
   *   `deadline_exceeded`; what the provider answers that cannot be tried again; the reason of the signal
   */
  results(): AsyncGenerator<BatchResult, void, undefined>;
  progress(): BatchProgress;
  /** Cancels what has not ended. Its results, of which those that were not answered have failed, are still to be read. */
  cancel(): Promise<void>;
  /**
   * Asks the provider at once instead of after the delay, for a webhook that was verified.
   *
   * @param batchId as `data.id` of `batch.completed`; all of them without it
   */
  look(batchId?: string): void;
}

export interface RunParts {
  readonly work: Work;
  readonly keepers: readonly PartKeeper[];
  readonly results: Handover<BatchResult>;
  readonly span: WorkSpan;
  readonly setRun: (changes: Partial<RunState>) => Promise<void>;
  readonly abort: (reason: unknown) => void;
  /** Gives everything back that was taken for it. */
  readonly end: () => Promise<void>;
}

export function startRun(parts: RunParts): BatchRun {
  const { work, keepers, results, span, setRun } = parts;
  const progress = (): BatchProgress => progressOf(work.id, work.run(), keepers);
  const done = workThrough(parts, progress);
  // Whoever reads the results is told there.
  done.catch(() => undefined);
  return {
    id: work.id,
    done,
    get costUsd() {
      return progress().costUsd;
    },
    results: () => results.read(),
    progress,
    cancel: async () => {
      if (work.run().isDone) return;
      await span.within(async () => await setRun({ isCancelled: true }));
      work.wakeUps.wake();
    },
    look: (batchId) => work.wakeUps.wake(batchId),
  };
}

async function workThrough(
  { work, keepers, results, span, setRun, abort, end }: RunParts,
  progress: () => BatchProgress,
): Promise<BatchProgress> {
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    abort(error);
    results.fail(failure.error);
  };
  const stopped = (): void => fail(work.signal.reason);
  work.signal.addEventListener('abort', stopped, { once: true });
  await Promise.all(
    keepers.map(
      async (keeper) => await span.within(async () => await new PartRun(work, keeper).run()).catch(fail),
    ),
  );
  work.signal.removeEventListener('abort', stopped);
  const refusal = refusalOf(work.id, keepers);
  if (!failure && !refusal && !work.run().isDone) await setRun({ isDone: true }).catch(fail);
  if (!failure && refusal) failure = { error: refusal };
  const { succeeded, failed } = progress();
  span.setAttributes({
    'telltale.batch.requests.completed': succeeded,
    'telltale.batch.requests.failed': failed,
  });
  span.end(failure?.error);
  await end().catch(fail);
  if (failure) {
    results.fail(failure.error);
    throw failure.error;
  }
  results.end();
  return progress();
}

export function deadlineExceeded(id: string, deadlineMs: number): TelltaleError {
  return new TelltaleError(
    'deadline_exceeded',
    `The batch \`${id}\` has not ended after ${deadlineMs} ms. It goes on at the provider; the same call goes on here.`,
  );
}
