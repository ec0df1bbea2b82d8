import { TelltaleError } from '../../errors.ts';
import type { PartKeeper } from './part-keeper.ts';
import { jittered, queueIsFull } from './patience.ts';
import type { Batch } from './provider.ts';
import { readResults } from './read-results.ts';
import { submit } from './submission.ts';
import { readUsage } from './usage-sum.ts';
import type { Work } from './work.ts';

const ends = ['completed', 'failed', 'expired', 'cancelled'];

/** A part from its first batch to the last result. What it does is safe to be done again from any state that was stored. */
export class PartRun {
  readonly #work: Work;
  readonly #keeper: PartKeeper;

  constructor(work: Work, keeper: PartKeeper) {
    this.#work = work;
    this.#keeper = keeper;
  }

  /** Resolves as well when the provider refused it as a whole: then its state says why. */
  async run(): Promise<void> {
    const keeper = this.#keeper;
    if (keeper.state.refusal !== undefined) await this.#forgetRefusal();
    for (let index = 0; index < keeper.state.attempts.length; index++) {
      const attempt = keeper.attempt(index);
      if (!attempt.isRead && attempt.status === undefined && !(await this.#answer(index))) return;
      if (!keeper.attempt(index).isRead || this.#work.redeliver) await readResults(this.#work, keeper, index);
      await this.#deleteInput(index);
    }
  }

  /** @returns whether there are results */
  async #answer(index: number): Promise<boolean> {
    const keeper = this.#keeper;
    const { quota, signal } = this.#work;
    const { model } = keeper.part;
    for (let refusals = 0; ; refusals++) {
      const { batchId, tokens } = keeper.attempt(index);
      const needsRoom = batchId === undefined && !this.#work.run().isCancelled;
      keeper.setWaitsForQueue(needsRoom && !quota.hasRoom(model, tokens));
      const giveBack = needsRoom ? await quota.take(model, tokens, signal) : quota.hold(model, tokens);
      keeper.setWaitsForQueue(false);
      const end = await this.#untilEnd(index).finally(giveBack);
      // Its own place in the queue, which was just given back, is no news.
      const since = this.#work.wakeUps.count;
      if (end !== 'queue-full') return end === 'ended';
      keeper.setWaitsForQueue(true);
      await this.#work.wakeUps.wait(queueKey(model), this.#delayMs(refusals), since);
    }
  }

  async #untilEnd(index: number): Promise<'ended' | 'refused' | 'queue-full'> {
    const keeper = this.#keeper;
    const submitted = await submit(this.#work, keeper, index);
    if (submitted === 'unsent') return 'ended';
    if (submitted === 'queue-full') {
      await keeper.changeAttempt(index, { submitSinceMs: undefined });
      return 'queue-full';
    }
    const batch = await this.#watch(keeper.attempt(index).batchId ?? '');
    if (batch.status !== 'failed') {
      await keeper.changeAttempt(index, endOf(batch, this.#work));
      return 'ended';
    }
    const [first] = batch.errors?.data ?? [];
    const isFull = first?.code === queueIsFull && !isLarger(keeper.attempt(index).tokens, first.message);
    const changes = { batchId: undefined, submitSinceMs: undefined };
    if (isFull) {
      const { submissions } = keeper.attempt(index);
      await keeper.changeAttempt(index, { ...changes, submissions: submissions + 1 });
      return 'queue-full';
    }
    await keeper.change({ refusal: saidOf(batch) });
    return 'refused';
  }

  async #watch(batchId: string): Promise<Batch> {
    const { provider, wakeUps, run } = this.#work;
    let isCancelled = false;
    this.#work.expectBatch(batchId);
    for (let looks = 0; ; looks++) {
      const since = wakeUps.count;
      if (run().isCancelled && !isCancelled) {
        isCancelled = true;
        await provider.cancel(batchId);
      }
      const batch = await provider.retrieve(batchId);
      const { completed = 0, failed = 0 } = batch.request_counts ?? {};
      this.#keeper.setLive({ status: batch.status, completed, failed });
      if (ends.includes(batch.status)) return batch;
      await wakeUps.wait(batchId, this.#delayMs(looks), since);
    }
  }

  /** A later process tries again what was refused: the reason may be gone. */
  async #forgetRefusal(): Promise<void> {
    const keeper = this.#keeper;
    const index = keeper.state.attempts.length - 1;
    const { fileId, submissions } = keeper.attempt(index);
    if (fileId !== undefined) await this.#work.provider.deleteFile(fileId);
    const changes = {
      batchId: undefined,
      submitSinceMs: undefined,
      fileId: undefined,
      uploadSinceMs: undefined,
    };
    await keeper.changeAttempt(index, { ...changes, submissions: submissions + 1 });
    await keeper.change({ refusal: undefined });
  }

  async #deleteInput(index: number): Promise<void> {
    const { fileId, isInputDeleted = false } = this.#keeper.attempt(index);
    if (this.#work.keepFiles || fileId === undefined || isInputDeleted) return;
    await this.#work.provider.deleteFile(fileId);
    await this.#keeper.changeAttempt(index, { isInputDeleted: true });
  }

  #delayMs(times: number): number {
    const { delaysMs, clock } = this.#work;
    return jittered(delaysMs[Math.min(times, delaysMs.length - 1)] ?? 0, clock);
  }
}

/** By which those are woken that wait for the queue of a model. */
export function queueKey(model: string): string {
  return `queue ${model}`;
}

function endOf(batch: Batch, { costUsd }: Work) {
  const usage = readUsage(batch.usage);
  const { completed = 0, failed = 0 } = batch.request_counts ?? {};
  return {
    status: batch.status,
    // Of one that did not come to its end it is not said whether those count that were not answered.
    answered: batch.status === 'completed' ? completed + failed : completed,
    outputFileId: batch.output_file_id ?? undefined,
    errorFileId: batch.error_file_id ?? undefined,
    usage,
    costUsd: usage && costUsd(batch),
  };
}

/** Whether the queue is too small for it though nothing else were in it. */
function isLarger(tokens: number, message: string | undefined): boolean {
  const limit = Number(/limit:? ([\d,]+)/i.exec(message ?? '')?.[1]?.replaceAll(',', ''));
  return limit > 0 && tokens > limit;
}

const mostErrors = 3;

function saidOf({ id, errors }: Batch): string {
  const all = errors?.data ?? [];
  const told = all.slice(0, mostErrors).map(({ code, message, line }) => {
    const where = typeof line === 'number' ? `line ${line}: ` : '';
    return `${where}${message ?? 'no reason was given'} (${code ?? 'no code'})`;
  });
  const more = all.length > mostErrors ? [`and ${all.length - mostErrors} more`] : [];
  const hint = all[0]?.code === queueIsFull ? ' Give `queueTokens`, so that the batches are smaller.' : '';
  return `${id}: ${[...told, ...more].join('; ') || 'no reason was given'}.${hint}`;
}

/** What the provider refused, as one error. */
export function refusalOf(id: string, keepers: readonly PartKeeper[]): TelltaleError | undefined {
  const refused = keepers.filter(({ state }) => state.refusal !== undefined);
  if (refused.length === 0) return undefined;
  const said = refused.slice(0, mostErrors).map(({ state }) => `  ${state.refusal}`);
  const more = refused.length > mostErrors ? `\n  and ${refused.length - mostErrors} more` : '';
  return new TelltaleError(
    'batch_failed',
    `The provider refused ${refused.length} of ${keepers.length} batches of \`${id}\`:\n${said.join('\n')}${more}`,
  );
}
