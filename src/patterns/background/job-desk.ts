import { TelltaleError } from '../../errors.ts';
import { type Ending, endJob } from './ending.ts';
import type { JobRequest, JobTold } from './job.ts';
import type { JobBook } from './job-book.ts';
import type { JobSettings } from './job-options.ts';
import { isEnd, type JobRecord, stateOf } from './job-record.ts';
import type { LiveJob } from './live-job.ts';
import { isNotFound, mayPass, type Provider } from './provider.ts';

/** What can be done about one job, by whoever works on it, and by others too: the book lets one of them end it. */
export class JobDesk {
  readonly settings: JobSettings;
  readonly book: JobBook;
  readonly provider: Provider;

  constructor(settings: JobSettings, book: JobBook, provider: Provider) {
    this.settings = settings;
    this.book = book;
    this.provider = provider;
  }

  /** Asks the provider how it is. */
  async ask(job: LiveJob, toldBy: JobTold): Promise<void> {
    const { responseId } = job.record;
    if (responseId === undefined) return;
    const response = await this.provider.retrieve(job, responseId);
    const state = stateOf(response);
    if (isEnd(state)) await this.end(job, { state, response, toldBy });
    else if (state !== job.state) await this.change(job, { state });
  }

  /** Stops it at the provider. What has ended meanwhile ends as that. */
  async cancel(job: LiveJob, reason: 'caller' | 'deadline'): Promise<void> {
    const { responseId } = job.record;
    if (responseId === undefined) return;
    const response = await this.provider.cancel(job, responseId).catch(async (error) => {
      if (mayPass(error) || isNotFound(error)) throw error;
      // It has ended, most likely, and cannot be cancelled any more.
      const ended = await this.provider.retrieve(job, responseId);
      if (isEnd(stateOf(ended))) return ended;
      throw error;
    });
    const state = stateOf(response);
    if (!isEnd(state)) return;
    await this.end(job, { state, response, toldBy: 'cancel', ...(state === 'cancelled' && { reason }) });
  }

  async end(job: LiveJob, ending: Ending): Promise<void> {
    await endJob(this.book, job, ending, this.settings.clock.epochMs);
  }

  /** Takes over what others have done to it. */
  async refresh(job: LiveJob): Promise<JobRecord> {
    const record = await this.book.read(job.id);
    job.saw(record);
    return record;
  }

  async change(job: LiveJob, changes: Partial<JobRecord>): Promise<void> {
    const { record } = await this.book.change(job.id, (before) => ({ ...before, ...changes }));
    job.saw(record);
  }

  /** Until its deadline. */
  leftMs({ record: { deadlineAtMs } }: LiveJob): number {
    return deadlineAtMs === undefined
      ? Number.POSITIVE_INFINITY
      : deadlineAtMs - this.settings.clock.epochMs();
  }
}

/** @throws TelltaleError `record_damaged` where it is not there though it should be */
export function requestOf({ id, record: { request } }: LiveJob): JobRequest {
  if (request) return request;
  throw new TelltaleError('record_damaged', `The record of the background job \`${id}\` has no request.`);
}
