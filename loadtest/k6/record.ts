/**
 * What k6 writes on its standard output, one JSON object a line: measured at 800 calls a second it loses none, it
 * can be read while the run goes on, and it needs no file that a k6 in a container could not write.
 */
export type K6Line =
  | { readonly k6: 'started' }
  | ({ readonly k6: 'call' } & K6Call)
  | { readonly k6: 'summary'; readonly data: unknown };

/** How a call ended for the caller; `lost` is a call to which the gateway gave no readable answer. */
export type CallerOutcome = 'ok' | 'error' | 'refused' | 'cancelled' | 'truncated' | 'empty' | 'lost';

/** One iteration, as k6 saw it. */
export interface K6Call {
  readonly callId: string;
  /** `request`: what was asked of a service of the user's own. */
  readonly kind: 'chat' | 'responses' | 'embeddings' | 'request';
  readonly streamed: boolean;
  readonly model: string;
  readonly priority?: 'high' | 'medium' | 'low';
  readonly phase: string;
  /** From the start of the load. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly firstByteMs: number;
  /** The gateway's HTTP status; 0 when it gave none. */
  readonly httpStatus: number;
  /** Of the gateway's answer. */
  readonly retryAfterS?: number;
  readonly outcome: CallerOutcome;
  /** Which gateway it was sent to: its place among the addresses, 0 for the first. */
  readonly gateway?: number;
  /** When the caller hung up, in milliseconds after it asked; only of one that did. */
  readonly leftAfterMs?: number;
  /** Of a background job: its id, and how far it was. */
  readonly job?: { readonly id: string; readonly status: string };
  /** What the gateway's caller of the client got: see `CallAnswer`. */
  readonly status?: number;
  readonly errorClass?: string;
  readonly requestId?: string;
  readonly finishReason?: string;
  readonly firstChunkMs?: number;
  readonly chunks?: number;
  readonly chunkGapMs?: number;
  readonly longestGapMs?: number;
}
