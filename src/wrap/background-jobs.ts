import type { Call, CallRequest, CallResponse, Usage } from '../call.ts';
import { sentModelOf } from '../call.ts';
import type { Clock } from '../clock.ts';
import type { Answer } from '../send/answer.ts';

/** So many jobs that were begun and not heard of since are remembered; the oldest go first. */
export const mostJobs = 10_000;
/** And for so long. */
export const longestJobMs = 24 * 60 * 60_000;

/** What a job used, as the answer says that brought it; undefined where nobody will say. */
export type JobBill = { readonly usage: Usage; readonly response: CallResponse } | undefined;

/** A Response that works in the background: its usage comes with a later call than the one that began it. */
export class BackgroundJob {
  readonly id: string;
  /** The model that it was begun with. */
  readonly model: string | undefined;
  /** Of its request only what its price depends on: a prompt may be large, and is not kept. */
  readonly body: CallRequest['body'];
  readonly begunMs: number;
  /** Its end was told once, without usage. */
  isOver = false;
  /** A call has booked what it used. */
  isBooked = false;
  #holds: ((bill: JobBill) => void)[] = [];
  #billed: { readonly bill: JobBill } | undefined;

  constructor(id: string, model: string | undefined, body: CallRequest['body'], begunMs: number) {
    this.id = id;
    this.model = model;
    this.body = { prompt_cache_options: body?.['prompt_cache_options'] };
    this.begunMs = begunMs;
  }

  /** `settle` is called once: when it is known what the job used, or that it will not be. */
  hold(settle: (bill: JobBill) => void): void {
    if (this.#billed) settle(this.#billed.bill);
    else this.#holds.push(settle);
  }

  /** Only the first time counts. */
  bill(bill: JobBill): void {
    if (this.#billed) return;
    this.#billed = { bill };
    const holds = this.#holds;
    this.#holds = [];
    for (const settle of holds) settle(bill);
  }
}

/**
 * The background Responses that the calls of one handle have begun, until their usage is known, so that each is booked
 * exactly once. What is forgotten, because there are too many or because a day has passed, is never booked: nobody knows
 * what it cost.
 */
export class BackgroundJobs {
  readonly #clock: Pick<Clock, 'nowMs'>;
  /** By id, the oldest first. */
  readonly #jobs = new Map<string, BackgroundJob>();
  /** Ids of those that were booked, the oldest first, so that none is expected again. */
  readonly #booked = new Set<string>();
  /** By what its attempt has said so far, of which each attempt has its own. */
  readonly #begun = new WeakMap<Answer, BackgroundJob>();

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock;
  }

  /** Takes the job of a call in as soon as its id is known, and gives it again later; undefined before. */
  begun(call: Call, answer: Answer): BackgroundJob | undefined {
    const known = this.#begun.get(answer);
    if (known) return known;
    const { id } = answer.response;
    if (id === undefined || !isInBackground(call.request)) return undefined;
    const job = new BackgroundJob(id, sentModelOf(call), call.request.body, this.#clock.nowMs());
    this.#begun.set(answer, job);
    this.#jobs.get(id)?.bill(undefined);
    this.#jobs.delete(id);
    this.#remember(job);
    return job;
  }

  /** One that an earlier process began. What is known or was booked here already stays as it is. */
  expect(id: string, model: string | undefined, body: CallRequest['body']): void {
    if (!this.#jobs.has(id) && !this.#booked.has(id))
      this.#remember(new BackgroundJob(id, model, body, this.#clock.nowMs()));
  }

  /** The job with this id whose usage nobody has brought yet. */
  find(id: string | undefined): BackgroundJob | undefined {
    this.#forgetOldest();
    return id === undefined ? undefined : this.#jobs.get(id);
  }

  /** Takes it out, for the one call that books it. */
  book(job: BackgroundJob): void {
    job.isBooked = true;
    this.#booked.add(job.id);
    const [oldest] = this.#booked;
    if (this.#booked.size > mostJobs && oldest !== undefined) this.#booked.delete(oldest);
    if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
  }

  #remember(job: BackgroundJob): void {
    this.#jobs.set(job.id, job);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const oldestMs = this.#clock.nowMs() - longestJobMs;
    for (const job of this.#jobs.values()) {
      if (this.#jobs.size <= mostJobs && job.begunMs > oldestMs) return;
      this.#jobs.delete(job.id);
      job.bill(undefined);
    }
  }
}

/** Whether a call asks for a Response that works in the background. */
export function isInBackground({ endpoint, body }: CallRequest): boolean {
  return endpoint === 'responses' && body?.['background'] === true;
}

/** Whether a call asks how a Response is that exists already, or stops it. */
export function asksOfResponse({ endpoint, method, route }: CallRequest): boolean {
  return endpoint === 'fetch_response' || (method === 'POST' && route === '/responses/{id}/cancel');
}
