import { TelltaleError } from '../../errors.ts';
import { beginSpan } from '../../index.ts';
import type { RecordHold } from '../store/record-store.ts';
import { type Ending, endJob } from './ending.ts';
import type { JobTold } from './job.ts';
import { isLocked, type JobBook } from './job-book.ts';
import type { JobSettings } from './job-options.ts';
import { isEnd, type JobRecord, stateOf } from './job-record.ts';
import type { LiveJob } from './live-job.ts';
import { type PollHistory, pollDelayMs } from './poll-delay.ts';
import {
  isNotFound,
  isRefused,
  mayPass,
  type Provider,
  refusesBackground,
  retryAfterMsOf,
} from './provider.ts';

/** For so long after it was accepted the provider may not know a Response yet. */
const notFoundGraceMs = 60_000;

/** Takes jobs to their end. */
export class Driver {
  readonly #settings: JobSettings;
  readonly #book: JobBook;
  readonly #provider: Provider;

  /** Whether a webhook of a Response came before it was known whose it is. */
  readonly #wasEarly: (responseId: string) => boolean;

  constructor(
    settings: JobSettings,
    book: JobBook,
    provider: Provider,
    wasEarly: (responseId: string) => boolean,
  ) {
    this.#wasEarly = wasEarly;
    this.#settings = settings;
    this.#book = book;
    this.#provider = provider;
  }

  /**
   * One process works on a job, and the others stand by. Never throws: what goes wrong is told by the job.
   *
   * @param own of a job that this process has just written down: nobody can have sent it
   */
  async drive(job: LiveJob, own?: RecordHold): Promise<void> {
    try {
      job.isDriven = own !== undefined;
      const hold = own ?? (await this.#hold(job));
      if (!hold) return;
      job.isDriven = true;
      try {
        if (!own) await this.#refresh(job);
        if (!job.isSettled) await this.#work(job, own !== undefined);
      } finally {
        job.isDriven = false;
        await hold.release();
      }
    } catch (error) {
      job.giveUp(error);
    }
  }

  /** Asks the provider how it is. */
  async ask(job: LiveJob, toldBy: JobTold): Promise<void> {
    const { responseId } = job.record;
    if (responseId === undefined) return;
    const response = await this.#provider.retrieve(job, responseId);
    const state = stateOf(response);
    if (isEnd(state)) await this.end(job, { state, response, toldBy });
    else if (state !== job.state) job.saw((await this.#change(job, { state })).record);
  }

  async cancel(job: LiveJob, reason: 'caller' | 'deadline'): Promise<void> {
    const { responseId } = job.record;
    if (responseId === undefined) return;
    const response = await this.#provider.cancel(job, responseId).catch(async (error) => {
      if (mayPass(error) || isNotFound(error)) throw error;
      // It has ended, most likely, and cannot be cancelled any more.
      return await this.#provider.retrieve(job, responseId);
    });
    const state = stateOf(response);
    if (!isEnd(state)) return;
    await this.end(job, { state, response, toldBy: 'cancel', ...(state === 'cancelled' && { reason }) });
  }

  async end(job: LiveJob, ending: Ending): Promise<void> {
    await endJob(this.#book, job, ending, this.#settings.clock.epochMs);
  }

  /** @returns undefined where it was over before */
  async #hold(job: LiveJob): Promise<RecordHold | undefined> {
    for (;;) {
      try {
        return await this.#book.hold(job.id, job.over);
      } catch (error) {
        if (job.isSettled) return undefined;
        if (!isLocked(error)) throw error;
      }
      await this.#refresh(job);
      if (job.isSettled) return undefined;
    }
  }

  async #work(job: LiveJob, isNew: boolean): Promise<void> {
    const { state, via } = job.record;
    const isLost = !isNew && (state === 'starting' || via === 'stream');
    if (isLost && !(await this.#takeUpLost(job))) return;
    if (via === 'stream') return await this.#stream(job);
    if (state === 'starting' && !(await this.#create(job))) return await this.#stream(job);
    if (job.isSettled) return;
    const { responseId } = job;
    if (responseId !== undefined) {
      await this.#book.remember(responseId, job.id);
      if (this.#wasEarly(responseId)) job.tellOf();
    }
    await this.#poll(job, isNew);
  }

  /** @returns whether it is sent again */
  async #takeUpLost(job: LiveJob): Promise<boolean> {
    const { isUnwanted, creates } = job.record;
    const isLate = this.#leftMs(job) <= 0;
    if (isUnwanted || isLate) {
      const reason = isUnwanted ? 'caller' : 'deadline';
      await this.end(job, { state: 'cancelled', reason, toldBy: 'store' });
      return false;
    }
    if (this.#settings.whenLost === 'fail') {
      await this.end(job, { state: 'failed', reason: 'lost', toldBy: 'store' });
      return false;
    }
    job.saw((await this.#change(job, { creates: creates + 1 })).record);
    job.tell({ type: 'repeated' });
    return !job.isSettled;
  }

  /** @returns false where it cannot be in the background */
  async #create(job: LiveJob): Promise<boolean> {
    const { request } = job.record;
    if (!request) throw new TelltaleError('record_damaged', `The job \`${job.id}\` has no request.`);
    try {
      if (request.store === false) throw noStore;
      const response = await this.#provider.create(job, request);
      const state = stateOf(response);
      const { record } = await this.#book.change(job.id, ({ request: _, ...before }) => ({
        ...before,
        // Its end is told below, as the only one.
        state: isEnd(state) ? 'in_progress' : state,
        responseId: response.id,
        begunMs: this.#settings.clock.epochMs(),
      }));
      job.saw(record);
      if (isEnd(state)) await this.end(job, { state, response, toldBy: 'poll' });
      return true;
    } catch (error) {
      if (error === noStore || refusesBackground(error)) {
        job.saw((await this.#change(job, { via: 'stream' })).record);
        job.tell({ type: 'fallback', error });
        return false;
      }
      // The same id may be started again.
      if (isRefused(error)) await this.#book.remove(job.id, undefined);
      throw error;
    }
  }

  async #poll(job: LiveJob, isNew: boolean): Promise<void> {
    const { clock, mostFailures } = this.#settings;
    const span = beginSpan('background job wait', isNew ? {} : { traceparent: job.record.traceparent });
    let history: PollHistory = { polls: 0, failures: 0 };
    // After a restart it may have been over for long.
    if (!isNew || job.record.isUnwanted) job.wake.wake();
    try {
      for (;;) {
        const delayMs = pollDelayMs(this.#settings, history, clock.random());
        await job.wake.sleep(Math.min(delayMs, Math.max(0, this.#leftMs(job))));
        if (job.isSettled) break;
        try {
          await span.within(() => this.#step(job));
          if (job.isSettled) break;
          history = { polls: history.polls + 1, failures: 0 };
        } catch (error) {
          if (job.isSettled) break;
          if (isNotFound(error) && this.#isOldEnough(job.record)) {
            await this.end(job, { state: 'expired', reason: 'not_found', toldBy: 'poll' });
            break;
          }
          const failures = history.failures + 1;
          if (failures >= mostFailures || !(mayPass(error) || isNotFound(error))) throw error;
          history = { polls: history.polls + 1, failures, retryAfterMs: retryAfterMsOf(error) };
          job.tell({ type: 'poll_failed', error });
        }
      }
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  async #step(job: LiveJob): Promise<void> {
    const toldBy = job.isTold ? 'webhook' : 'poll';
    job.isTold = false;
    const { isUnwanted } = await this.#refresh(job);
    if (job.isSettled) return;
    if (isUnwanted) await this.cancel(job, 'caller');
    else if (this.#leftMs(job) <= 0) await this.cancel(job, 'deadline');
    else await this.ask(job, toldBy);
  }

  async #stream(job: LiveJob): Promise<void> {
    const { request, isUnwanted } = job.record;
    if (!request) throw new TelltaleError('record_damaged', `The job \`${job.id}\` has no request.`);
    if (isUnwanted) return await this.end(job, { state: 'cancelled', reason: 'caller', toldBy: 'cancel' });
    const late = (): void => {
      this.end(job, { state: 'cancelled', reason: 'deadline', toldBy: 'cancel' }).catch(job.giveUp);
    };
    const leftMs = this.#leftMs(job);
    const stopClock = Number.isFinite(leftMs)
      ? this.#settings.clock.schedule(late, Math.max(0, leftMs), 'work')
      : () => undefined;
    try {
      const last = await this.#provider.stream(job, request, async (state, response) => {
        if (state === job.state || isEnd(state)) return;
        job.saw((await this.#change(job, { state, responseId: response.id })).record);
      });
      const state = last ? stateOf(last) : 'in_progress';
      if (isEnd(state)) await this.end(job, { state, response: last, toldBy: 'stream' });
      else await this.end(job, { state: 'failed', response: last, reason: 'broken_off', toldBy: 'stream' });
    } catch (error) {
      if (job.isSettled) return;
      if (job.state === 'starting' && isRefused(error)) await this.#book.remove(job.id, undefined);
      throw error;
    } finally {
      stopClock();
    }
  }

  async #refresh(job: LiveJob): Promise<JobRecord> {
    const record = await this.#book.read(job.id);
    job.saw(record);
    return record;
  }

  async #change(job: LiveJob, changes: Partial<JobRecord>): Promise<{ readonly record: JobRecord }> {
    return await this.#book.change(job.id, (before) => ({ ...before, ...changes }));
  }

  /** Until its deadline. */
  #leftMs({ record: { deadlineAtMs } }: LiveJob): number {
    return deadlineAtMs === undefined
      ? Number.POSITIVE_INFINITY
      : deadlineAtMs - this.#settings.clock.epochMs();
  }

  #isOldEnough({ begunMs = 0 }: JobRecord): boolean {
    return this.#settings.clock.epochMs() - begunMs >= notFoundGraceMs;
  }
}

const noStore = new TelltaleError(
  'job_failed',
  'Background mode needs `store`, which this request turns off.',
);
