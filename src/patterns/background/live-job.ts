import { TelltaleError } from '../../errors.ts';
import type { Call } from '../../index.ts';
import type { BackgroundJob, JobCost, JobEvent, JobResponse, JobState } from './job.ts';
import { isEnd, type JobRecord } from './job-record.ts';
import type { Wake } from './wake.ts';

type Draft = Omit<JobEvent, 'id' | 'atMs'>;

export interface LiveJobParts {
  readonly id: string;
  readonly record: JobRecord;
  readonly wake: Wake;
  readonly epochMs: () => number;
  readonly onProgress: (event: JobEvent) => void;
  readonly cancel: (job: LiveJob) => Promise<void>;
}

/** A job as this process knows it. */
export class LiveJob implements BackgroundJob {
  readonly id: string;
  readonly wake: Wake;
  readonly done: Promise<JobResponse>;
  /** Resolves once the provider has accepted it, or it is over. */
  readonly begun: Promise<void>;
  /** Aborts once nothing more is to be done for it here. */
  readonly over: AbortSignal;
  /** This process is the one that works on it. */
  isDriven = false;
  /** A webhook came. */
  isTold = false;
  #record: JobRecord;
  #isSettled = false;
  #costUsd: number | undefined;
  #usage: JobCost['usage'];
  readonly #parts: LiveJobParts;
  readonly #events: JobEvent[] = [];
  #failure: { readonly error: unknown } | undefined;
  #listeners: (() => void)[] = [];
  #resolve: (response: JobResponse) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #ending = new AbortController();
  /** Whoever started it need not wait any more. */
  hasBegun: () => void = () => undefined;
  #hasNotBegun: (error: unknown) => void = () => undefined;

  constructor(parts: LiveJobParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.wake = parts.wake;
    this.#record = parts.record;
    this.over = this.#ending.signal;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.begun = new Promise((resolve, reject) => {
      this.hasBegun = resolve;
      this.#hasNotBegun = reject;
    });
    // Who waits for it hears of it; who does not has the events.
    this.done.catch(() => undefined);
    this.begun.catch(() => undefined);
    this.#entered(parts.record, !isEnd(parts.record.state));
  }

  get record(): JobRecord {
    return this.#record;
  }

  get state(): JobState {
    return this.#record.state;
  }

  get responseId(): string | undefined {
    return this.#record.responseId;
  }

  get via(): BackgroundJob['via'] {
    return this.#record.via;
  }

  get traceId(): string | undefined {
    return this.#record.traceparent?.split('-')[1];
  }

  get cost(): JobCost {
    const { creates, costUsd = this.#costUsd, usage = this.#usage } = this.#record;
    const isKnown = costUsd !== undefined;
    const unknown = Math.max(0, creates - 1) + (isEnd(this.state) && creates > 0 && !isKnown ? 1 : 0);
    return { usd: costUsd, unknown, usage };
  }

  /** It is not over, and nothing more is done for it here. */
  get isGivenUp(): boolean {
    return this.#failure !== undefined;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** What the calls that were made for it tell. */
  readonly onCall = (call: Readonly<Call>): void => {
    if (call.usage.source === 'unknown') return;
    this.#usage = call.usage;
    if (call.costUsd !== undefined) this.#costUsd = (this.#costUsd ?? 0) + call.costUsd;
  };

  /** Takes over what is in the store now. */
  saw(record: JobRecord): void {
    if (this.#isSettled) return;
    const before = this.#record;
    this.#record = record;
    if (record.state !== before.state) this.#entered(record);
  }

  /** A webhook came: the provider is asked at once. */
  tellOf(): void {
    this.isTold = true;
    this.wake.wake();
  }

  /** `isNews`: it happened now, and had not before. */
  tell(event: Draft, isNews = true): void {
    const told: JobEvent = { ...event, id: this.id, atMs: this.#parts.epochMs() };
    this.#events.push(told);
    if (isNews) this.#parts.onProgress(told);
    this.#changed();
  }

  /** It is not over, but this process does not go on with it. */
  readonly giveUp = (error: unknown): void => {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#failure = { error };
    this.#reject(error);
    this.#hasNotBegun(error);
    this.wake.wake();
    this.#ending.abort(error);
    this.#changed();
  };

  async wait({ signal }: { readonly signal?: AbortSignal } = {}): Promise<JobResponse> {
    if (!signal) return await this.done;
    signal.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const aborted = (): void => reject(signal.reason);
      signal.addEventListener('abort', aborted, { once: true });
      this.done.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
    });
  }

  async *progress(): AsyncGenerator<JobEvent> {
    for (let at = 0; ; ) {
      const event = this.#events[at];
      if (event) {
        at += 1;
        yield event;
      } else if (this.#failure) throw this.#failure.error;
      else if (this.#isSettled) return;
      else await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  async cancel(): Promise<void> {
    await this.#parts.cancel(this);
  }

  #entered(record: JobRecord, isNews = true): void {
    const { state, responseId } = record;
    if (isEnd(state)) this.#isSettled = true;
    this.tell({ type: state, ...(responseId !== undefined && { responseId }) }, isNews);
    if (state !== 'starting') this.hasBegun();
    if (!isEnd(state)) return;
    if (state === 'completed' && record.response) this.#resolve(record.response);
    else this.#reject(jobFailed(this.id, record));
    this.wake.wake();
    this.#ending.abort();
  }

  #changed(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}

function jobFailed(id: string, { state, response, reason }: JobRecord): TelltaleError {
  const told = response?.error?.message ?? response?.incomplete_details?.reason;
  const because = {
    deadline: 'its deadline was over',
    caller: 'it was asked for',
    lost: 'its process ended before it was known whether the provider had accepted it',
    not_found: 'the provider does not know it any more',
    broken_off: 'its stream broke off',
  };
  const why = told ?? (reason && because[reason]);
  return new TelltaleError(
    'job_failed',
    `The background job \`${id}\` ended as ${state}${why === undefined ? '' : `: ${why}`}.`,
    { cause: response },
  );
}
