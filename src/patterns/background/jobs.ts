import { invalidOption } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import { inSpan } from '../../index.ts';
import { checkRecordId } from '../store/record-checks.ts';
import type { RecordHold } from '../store/record-store.ts';
import type { BackgroundJobs, ResumedJobs } from './background-jobs.ts';
import { cancelJob, cancelOn } from './cancelling.ts';
import { drawName } from './draw-name.ts';
import { drive } from './driver.ts';
import type { BackgroundJob, JobRequest } from './job.ts';
import { JobBook } from './job-book.ts';
import { JobDesk } from './job-desk.ts';
import {
  checkJobOptions,
  checkPrune,
  checkRequest,
  type JobOptions,
  type JobSettings,
} from './job-options.ts';
import { hashOf, isEnd, type JobRecord, pricedOf } from './job-record.ts';
import { LiveJob } from './live-job.ts';
import { ProgressTeller } from './progress-teller.ts';
import { Provider } from './provider.ts';
import { Wake } from './wake.ts';
import { type WebhookHeaders, type WebhookNews, WebhookReceiver } from './webhook.ts';

/** The jobs of one store, as this process works on them. */
export class Jobs implements BackgroundJobs {
  readonly #settings: JobSettings;
  readonly #book: JobBook;
  readonly #desk: JobDesk;
  readonly #receiver: WebhookReceiver;
  /** Those that are not over, by id. */
  readonly #live = new Map<string, LiveJob>();
  readonly #driving = new Set<Promise<void>>();
  /** Those that are being written down for the first time, by id. */
  readonly #adding = new Map<string, Promise<LiveJob | undefined>>();
  #isClosed = false;
  readonly #progress: ProgressTeller;

  constructor(settings: JobSettings) {
    this.#settings = settings;
    this.#book = new JobBook(settings.store);
    this.#progress = new ProgressTeller(settings.onProgress);
    this.#desk = new JobDesk(settings, this.#book, new Provider(settings.client));
    this.#receiver = new WebhookReceiver({
      client: settings.client,
      secret: settings.webhookSecret,
      desk: this.#desk,
      jobOf: async (responseId) => await this.#jobOf(responseId),
    });
  }

  async start(request: JobRequest, options: JobOptions = {}): Promise<BackgroundJob> {
    const asked = checkRequest(request);
    const {
      id = `job-${drawName(this.#settings.clock)}`,
      deadlineMs = this.#settings.deadlineMs,
      signal,
    } = checkJobOptions(options);
    this.#mustBeOpen();
    signal?.throwIfAborted();
    return await inSpan('background job start', {}, async ({ traceparent }) => {
      const createdMs = this.#settings.clock.epochMs();
      const record: JobRecord = {
        state: 'starting',
        via: 'background',
        request: asked,
        priced: pricedOf({ ...asked }),
        requestHash: hashOf(asked),
        idempotencyKey: `telltale-job-${drawName(this.#settings.clock)}`,
        creates: 1,
        createdMs: Math.round(createdMs),
        ...(deadlineMs !== undefined && { deadlineAtMs: Math.round(createdMs + deadlineMs) }),
        ...(traceparent !== undefined && { traceparent }),
      };
      const started = await this.#startOrFind(id, record);
      if (signal) cancelOn(signal, started);
      if (started.isDriven) await started.begun;
      return started;
    });
  }

  async get(id: string): Promise<BackgroundJob | undefined> {
    checkRecordId(id);
    this.#mustBeOpen();
    return await this.#find(id);
  }

  async resume(): Promise<ResumedJobs> {
    this.#mustBeOpen();
    const jobs: LiveJob[] = [];
    const unreadable: { id: string; error: unknown }[] = [];
    for (const { id } of await this.#book.list()) {
      try {
        const record = this.#liveOf(id)?.record ?? (await this.#book.find(id));
        if (record && !isEnd(record.state)) jobs.push(this.#attach(id, record));
      } catch (error) {
        this.#mustBeOpen();
        unreadable.push({ id, error });
      }
    }
    return { jobs, unreadable };
  }

  async webhook(rawBody: string | Uint8Array, headers: WebhookHeaders): Promise<WebhookNews> {
    this.#mustBeOpen();
    return await this.#receiver.receive(rawBody, headers);
  }

  async forget(id: string): Promise<boolean> {
    const record = await this.#book.find(checkRecordId(id));
    if (!record) return false;
    if (!isEnd(record.state))
      throw new TelltaleError(
        'record_conflict',
        `The background job \`${id}\` is not over: cancel it first.`,
      );
    await this.#remove(id, record);
    return true;
  }

  async prune(options: { readonly olderThanMs: number }): Promise<number> {
    const { olderThanMs } = checkPrune(options);
    const untilMs = this.#settings.clock.epochMs() - olderThanMs;
    let count = 0;
    for (const { id, changedMs } of await this.#book.list()) {
      if (changedMs > untilMs) continue;
      // What cannot be read is not thrown away.
      const record = await this.#book.find(id).catch(() => undefined);
      if (!record || !isEnd(record.state)) continue;
      await this.#remove(id, record);
      count += 1;
    }
    return count;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = new TelltaleError(
      'job_failed',
      'The background jobs of this process were closed: `resume` goes on with those that are not over.',
    );
    for (const job of this.#live.values()) job.giveUp(closed);
    await Promise.allSettled([...this.#adding.values(), ...this.#driving]);
  }

  async #startOrFind(id: string, record: JobRecord): Promise<LiveJob> {
    for (;;) {
      const found = this.#liveOf(id)?.record ?? (await this.#book.find(id));
      if (found) {
        if (found.requestHash !== record.requestHash)
          throw invalidOption('options.id', 'the id of no job with another request', id);
        return this.#attach(id, found);
      }
      const other = this.#adding.get(id);
      if (other) {
        await other.catch(() => undefined);
        continue;
      }
      const adding = this.#add(id, record).finally(() => this.#adding.delete(id));
      this.#adding.set(id, adding);
      const job = await adding;
      if (job) return job;
    }
  }

  /** @returns undefined where somebody else has added it, or is about to */
  async #add(id: string, record: JobRecord): Promise<LiveJob | undefined> {
    // Who holds it may send it, so nobody else can take what is new for what was lost.
    const hold = await this.#book.hold(id, 1_000);
    if (!hold) return undefined;
    let job: LiveJob | undefined;
    try {
      this.#mustBeOpen();
      if (!(await this.#book.add(id, record))) return undefined;
      // What is known never to have been sent must not be taken for lost later.
      if (this.#isClosed) await this.#book.remove(id, undefined);
      this.#progress.beginsAnew(id);
      job = this.#attach(id, record, hold);
      return job;
    } finally {
      if (!job) await hold.release();
    }
  }

  /** `hold` of a job that is new. One that is not over is driven. */
  #attach(id: string, record: JobRecord, hold?: RecordHold): LiveJob {
    const live = this.#liveOf(id);
    if (live) return live;
    this.#mustBeOpen();
    const job = this.#newJob(id, record);
    if (isEnd(record.state)) return job;
    this.#live.set(id, job);
    const { wasEarly } = this.#receiver;
    const driving = drive({ desk: this.#desk, wasEarly }, job, hold).finally(() => {
      if (this.#live.get(id) === job) this.#live.delete(id);
      this.#driving.delete(driving);
    });
    this.#driving.add(driving);
    return job;
  }

  #newJob(id: string, record: JobRecord): LiveJob {
    const { clock } = this.#settings;
    return new LiveJob({
      id,
      record,
      wake: new Wake(clock),
      epochMs: clock.epochMs,
      onProgress: this.#progress.tell,
      cancel: async (job) => await cancelJob(this.#desk, job),
    });
  }

  async #jobOf(responseId: string): Promise<LiveJob | undefined> {
    const id = await this.#book.jobOf(responseId);
    return id === undefined ? undefined : await this.#find(id);
  }

  async #find(id: string): Promise<LiveJob | undefined> {
    const live = this.#liveOf(id);
    if (live) return live;
    const record = await this.#book.find(id);
    return record && this.#attach(id, record);
  }

  /** One that was given up is begun anew by whoever asks for it. */
  #liveOf(id: string): LiveJob | undefined {
    const live = this.#live.get(id);
    return live?.isGivenUp ? undefined : live;
  }

  async #remove(id: string, { responseId }: JobRecord): Promise<void> {
    await this.#book.remove(id, responseId);
    // It may still let its lock go.
    this.#live.delete(id);
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw new TelltaleError('job_failed', 'These background jobs are closed.');
  }
}
