import type OpenAI from 'openai';
import { TelltaleError, type TelltaleErrorCode } from '../../errors.ts';
import { callWith, telltale } from '../../index.ts';
import { asObject, asString } from '../../json.ts';
import type { JobRequest, JobResponse } from './job.ts';
import type { LiveJob } from './live-job.ts';

/** By this name the job's id is in the metadata of its Response. */
export const jobMetadata = 'telltale_job';
const mostMetadata = 16;

/** What is asked of the provider for jobs. */
export class Provider {
  readonly #client: OpenAI;

  constructor(client: OpenAI) {
    this.#client = client;
  }

  /** Each attempt of the client's has the same key. */
  async create(job: LiveJob, request: JobRequest): Promise<JobResponse> {
    const response = await callWith({ onCall: job.onCall }, () =>
      this.#client.responses.create(
        { ...marked(job.id, request), background: true, stream: false },
        { headers: { 'Idempotency-Key': job.record.idempotencyKey } },
      ),
    );
    return checkResponse(response);
  }

  async retrieve(job: LiveJob, responseId: string): Promise<JobResponse> {
    this.#expect(job, responseId);
    const response = await callWith({ onCall: job.onCall }, () =>
      this.#client.responses.retrieve(responseId, {}, { signal: job.over }),
    );
    return checkResponse(response, responseId);
  }

  async cancel(job: LiveJob, responseId: string): Promise<JobResponse> {
    this.#expect(job, responseId);
    const response = await callWith({ onCall: job.onCall }, () => this.#client.responses.cancel(responseId));
    return checkResponse(response, responseId);
  }

  /**
   * The same in the foreground.
   *
   * @returns the last that was said of the Response; undefined where nothing was
   */
  async stream(
    job: LiveJob,
    request: JobRequest,
    tell: (response: JobResponse) => Promise<void>,
  ): Promise<JobResponse | undefined> {
    return await callWith({ onCall: job.onCall }, async () => {
      const stream = await this.#client.responses.create(
        { ...marked(job.id, request), stream: true },
        { headers: { 'Idempotency-Key': job.record.idempotencyKey }, signal: job.over },
      );
      let last: JobResponse | undefined;
      for await (const event of stream) {
        if (!('response' in event) || !asObject(event.response)) continue;
        last = event.response;
        await tell(last);
      }
      return last;
    });
  }

  /** What this client has begun, or has booked, it knows already. */
  #expect(job: LiveJob, responseId: string): void {
    telltale(this.#client).expectResponse(responseId, job.record.priced);
  }
}

/** @throws TelltaleError `job_failed` where it is none, or another one: a proxy answers with all kinds of things */
function checkResponse(response: JobResponse, responseId?: string): JobResponse {
  const id = asString(asObject(response)?.['id']);
  if (id !== undefined && id !== '' && id === (responseId ?? id)) return response;
  throw new TelltaleError(
    'job_failed',
    'The provider answered with something else than the Response of the job.',
  );
}

/** With the job's id, as far as there is room for it. */
function marked(id: string, request: JobRequest): JobRequest {
  const metadata = request.metadata ?? {};
  if (Object.keys(metadata).length >= mostMetadata || request.store === false) return request;
  return { ...request, metadata: { ...metadata, [jobMetadata]: id } };
}

/** Whether an error says that this cannot be done in the background. */
export function refusesBackground(error: unknown): boolean {
  const { status, param, message } = facts(error);
  if (status !== 400 && status !== 403 && status !== 404 && status !== 422) return false;
  return param === 'background' || /\bbackground\b/i.test(message ?? '');
}

/**
 * Whether the provider, or a limit here, said no, so that nothing was begun. What was never answered, or by a gateway in
 * its place, may have been begun.
 */
export function isRefused(error: unknown): boolean {
  if (error instanceof TelltaleError) return unsent.includes(error.code);
  const { status = 0 } = facts(error);
  return status === 503 || (status >= 400 && status < 500 && status !== 408 && status !== 409);
}

/** Of what keeps a call from being sent. A deadline may be over before or after. */
const unsent: readonly TelltaleErrorCode[] = [
  ...(['queue_full', 'wait_too_long', 'oversize', 'limiter_closed', 'breaker_open'] as const),
  ...(['store_unavailable', 'budget_exceeded', 'unpriced_model', 'input_refused'] as const),
];

export function isNotFound(error: unknown): boolean {
  return facts(error).status === 404;
}

/** Whether it may pass if it is asked again. */
export function mayPass(error: unknown): boolean {
  if (error instanceof TelltaleError && lasting.includes(error.code)) return false;
  const { status } = facts(error);
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Of the store. */
const lasting: readonly TelltaleErrorCode[] = ['record_unknown', 'record_damaged', 'record_newer'];

/** What the provider asks to wait, in milliseconds. */
export function retryAfterMsOf(error: unknown): number | undefined {
  const headers = (error as { readonly headers?: unknown } | null)?.headers;
  if (!(headers instanceof Headers)) return undefined;
  const ms = Number.parseFloat(headers.get('retry-after-ms') ?? '');
  if (ms >= 0) return ms;
  const seconds = Number.parseFloat(headers.get('retry-after') ?? '');
  return seconds >= 0 ? seconds * 1_000 : undefined;
}

function facts(error: unknown): { status?: number; param?: string; message?: string } {
  const { status, param, message } = asObject(error) ?? {};
  return {
    ...(typeof status === 'number' && { status }),
    ...(asString(param) !== undefined && { param: asString(param) as string }),
    ...(asString(message) !== undefined && { message: asString(message) as string }),
  };
}
