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
    job.isExpected = true;
    return await callWith({ onCall: job.onCall }, () =>
      this.#client.responses.create(
        { ...marked(job.id, request), background: true, stream: false },
        { headers: { 'Idempotency-Key': job.record.idempotencyKey } },
      ),
    );
  }

  async retrieve(job: LiveJob, responseId: string): Promise<JobResponse> {
    this.#expect(job, responseId);
    return await callWith({ onCall: job.onCall }, () =>
      this.#client.responses.retrieve(responseId, {}, { signal: job.over }),
    );
  }

  async cancel(job: LiveJob, responseId: string): Promise<JobResponse> {
    this.#expect(job, responseId);
    return await callWith({ onCall: job.onCall }, () => this.#client.responses.cancel(responseId));
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

  /** Once: what was booked is not to be booked again. */
  #expect(job: LiveJob, responseId: string): void {
    if (job.isExpected) return;
    job.isExpected = true;
    telltale(this.#client).expectResponse(responseId, job.record.priced);
  }
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

/** Whether the provider said no, so that it has begun nothing. What was never answered may have been begun. */
export function isRefused(error: unknown): boolean {
  return facts(error).status !== undefined || error instanceof TelltaleError;
}

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
