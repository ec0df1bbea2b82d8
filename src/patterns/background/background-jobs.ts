import type OpenAI from 'openai';
import { memoryRecords } from '../store/memory-records.ts';
import type { BackgroundJob, JobRequest, JobResponse } from './job.ts';
import { type BackgroundJobsOptions, checkJobsOptions, type JobOptions } from './job-options.ts';
import { Jobs } from './jobs.ts';
import type { WebhookHeaders, WebhookNews } from './webhook.ts';

/** Jobs that `resume` found. */
export interface ResumedJobs {
  readonly jobs: readonly BackgroundJob[];
  /** Records that cannot be read. They are left as they are. */
  readonly unreadable: readonly { readonly id: string; readonly error: unknown }[];
}

/** Responses that work in the background, and are not lost when the process is. */
export interface BackgroundJobs {
  /**
   * Starts a job. It is written down before it is sent. Where there is one with this id already, that one is given, be it
   * over or not, and nothing is sent.
   *
   * @returns once the provider has accepted it; at once where it is a stream
   * @throws TelltaleError `invalid_option`, also where the job with this id has another request; what the client throws
   * where the provider refuses it: then nothing of it is kept; where it may have been begun nevertheless, it is; the reason of `signal`
   */
  start(request: JobRequest, options?: JobOptions): Promise<BackgroundJob>;
  /** @returns the job with this id, be it over or not; undefined where there is none */
  get(id: string): Promise<BackgroundJob | undefined>;
  /** Goes on with every job that is not over: after a restart, say. Those that another process works on are waited for. */
  resume(): Promise<ResumedJobs>;
  /**
   * Takes in a webhook of the provider, as it came: a job that it says is over is asked about at once. One that comes twice,
   * late or out of order, and one of something else, does no harm.
   *
   * @param rawBody not parsed: its bytes are what is signed
   * @throws TelltaleError `invalid_option` where the body was parsed before; the client's `InvalidWebhookSignatureError` where it is forged or older than five minutes, and nothing is changed;
   * what the client throws where the provider could not be asked: answer with 500, and it comes again
   */
  webhook(rawBody: string | Uint8Array, headers: WebhookHeaders): Promise<WebhookNews>;
  /**
   * Deletes what is kept of a job that is over; at the provider, nothing.
   *
   * @returns whether there was one
   * @throws TelltaleError `record_conflict` where it is not over
   */
  forget(id: string): Promise<boolean>;
  /**
   * Forgets all jobs that have been over for so long.
   *
   * @param options.olderThanMs milliseconds, from 0
   * @returns how many
   */
  prune(options: { readonly olderThanMs: number }): Promise<number>;
  /**
   * Ends all polling here. Jobs that are not over stay so: `resume` goes on with them. A job that is being sent is waited
   * for. After it, `start`, `get`, `resume` and `webhook` throw TelltaleError `job_failed`: a webhook comes again then.
   */
  close(): Promise<void>;
}

/**
 * Runs Responses in the background: each is polled, or told of by a webhook, whichever comes first, to its one end, also
 * across restarts of the process.
 *
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const jobs = backgroundJobs({ client: openai, store: fileRecords('./jobs') });
 * await jobs.resume();
 * const job = await jobs.start({ model: 'gpt-5', input: 'Write the report.' }, { id: 'report-7' });
 * for await (const { type } of job.progress()) console.log(type);
 * console.log((await job.done).output_text);
 * ```
 */
export function backgroundJobs(options: BackgroundJobsOptions): BackgroundJobs {
  return new Jobs(checkJobsOptions(options));
}

/** A job in one line, kept in this process only: with `store` and `id` it survives a restart. */
export interface BackgroundOptions
  extends Omit<BackgroundJobsOptions, 'client' | 'store' | 'webhookSecret'>,
    Omit<JobOptions, 'deadlineMs'> {
  /** @default in this process */
  readonly store?: BackgroundJobsOptions['store'];
}

/**
 * Runs one Response in the background, and waits for its end.
 *
 * @throws TelltaleError `invalid_option`, `job_failed`; what the client throws
 *
 * @example
 * ```ts
 * const response = await background(openai, { model: 'gpt-5', input: 'Write the report.' });
 * console.log(response.output_text);
 * ```
 */
export async function background(
  client: OpenAI,
  request: JobRequest,
  options: BackgroundOptions = {},
): Promise<JobResponse> {
  const { id, signal, store, ...others } = options;
  const jobs = backgroundJobs({
    ...others,
    client,
    store: store ?? memoryRecords(others.clock && { clock: others.clock }),
  });
  try {
    const job = await jobs.start(request, { ...(id !== undefined && { id }), ...(signal && { signal }) });
    return await job.done;
  } finally {
    await jobs.close();
  }
}
