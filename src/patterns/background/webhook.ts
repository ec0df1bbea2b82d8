import type OpenAI from 'openai';
import { invalidOption } from '../../check.ts';
import { asObject, asString } from '../../json.ts';
import type { JobDesk } from './job-desk.ts';
import { isEnd } from './job-record.ts';
import type { LiveJob } from './live-job.ts';

/** As `node:http` has them, or as `fetch` does. It does not matter how their names are written. */
export type WebhookHeaders =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a webhook was about. */
export interface WebhookNews {
  /** `noted`: a job is asked about. `over`: its end was known. `unknown`: it is of no job in this store. */
  readonly result: 'noted' | 'over' | 'unknown';
  /** As the provider says it: `response.completed`. */
  readonly type: string;
  readonly jobId?: string;
}

const mostEarly = 1_000;

export interface WebhookReceiverParts {
  readonly client: OpenAI;
  readonly secret: string | undefined;
  readonly desk: JobDesk;
  /** The job of a Response, be it over or not; undefined where there is none in this store. */
  readonly jobOf: (responseId: string) => Promise<LiveJob | undefined>;
}

/** Takes in webhooks. They only say when to ask: what became of a job is what the provider answers. */
export class WebhookReceiver {
  readonly #parts: WebhookReceiverParts;
  /** Of Responses that are of no job, or of one that does not know its Response yet. The oldest go first. */
  readonly #early = new Set<string>();

  constructor(parts: WebhookReceiverParts) {
    this.#parts = parts;
  }

  async receive(rawBody: string | Uint8Array, headers: WebhookHeaders): Promise<WebhookNews> {
    const { client, secret, jobOf, desk } = this.#parts;
    const event = asObject(await client.webhooks.unwrap(textOf(rawBody), plain(headers), secret));
    const type = asString(event?.['type']) ?? '';
    const responseId = asString(asObject(event?.['data'])?.['id']);
    if (!type.startsWith('response.') || responseId === undefined) return { result: 'unknown', type };
    const job = await jobOf(responseId);
    if (!job) {
      this.#keep(responseId);
      return { result: 'unknown', type };
    }
    if (job.isSettled) return { result: 'over', type, jobId: job.id };
    if (job.isDriven) job.tellOf();
    else
      await desk.ask(job, 'webhook').catch((error) => {
        // Its end, heard of elsewhere, ends the question too.
        if (!isEnd(job.state)) throw error;
      });
    return { result: 'noted', type, jobId: job.id };
  }

  /** Whether a webhook of this Response came before it was known whose it is. Tells it once. */
  readonly wasEarly = (responseId: string): boolean => this.#early.delete(responseId);

  #keep(responseId: string): void {
    this.#early.add(responseId);
    const [oldest] = this.#early;
    if (this.#early.size > mostEarly && oldest !== undefined) this.#early.delete(oldest);
  }
}

function textOf(rawBody: unknown): string {
  if (typeof rawBody === 'string') return rawBody;
  if (rawBody instanceof Uint8Array) return Buffer.from(rawBody).toString('utf8');
  throw invalidOption('rawBody', 'the body as it came, a text or bytes', rawBody);
}

function plain(headers: WebhookHeaders): Record<string, string> {
  if (typeof headers !== 'object' || headers === null)
    throw invalidOption('headers', 'those of the request', headers);
  const entries: readonly (readonly [string, unknown])[] =
    Symbol.iterator in headers
      ? [...(headers as Iterable<readonly [string, string]>)]
      : Object.entries(headers);
  return Object.fromEntries(
    entries.flatMap(([name, value]) => {
      if (value === undefined) return [];
      // Signatures are beside each other with a blank between them.
      return [[name.toLowerCase(), Array.isArray(value) ? value.join(' ') : String(value)]];
    }),
  );
}
