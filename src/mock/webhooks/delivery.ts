import type { WebhookType } from './webhook-plan.ts';

/** What is wrong with a forged event: who signed it, what was signed, or when. */
export const forgeries = ['signature', 'body', 'timestamp'] as const;

/** What is wrong with a webhook that somebody forged. */
export type Forgery = (typeof forgeries)[number];

/** One attempt to deliver an event. Times are milliseconds since the start of the schedule on the mock's clock. */
export interface WebhookDelivery {
  /** 0 for the first since the start; in the order in which they were sent. */
  readonly seq: number;
  /** The `webhook-id`: the same for every attempt and duplicate of an event. */
  readonly webhookId: string;
  /** The `id` in the event. */
  readonly eventId: string;
  readonly type: WebhookType;
  /** What it is about: a response, or a batch. */
  readonly objectId: string;
  /** 0 for the first, then its retries. */
  readonly attempt: number;
  /** Whether it is the second of an event that is sent twice. */
  readonly duplicate: boolean;
  /** What is wrong with it; null for nothing. */
  readonly forged: Forgery | null;
  readonly sentAtMs: number;
  /** Absent while it is on its way. */
  readonly endedAtMs?: number;
  /** `refused` is an answer that is not 2xx. `dropped` was never sent, since too many were on their way. */
  readonly outcome: 'pending' | 'delivered' | 'refused' | 'timeout' | 'failed' | 'dropped';
  /** Of the answer. */
  readonly status?: number;
  /** Until it is sent again; absent where it is not. */
  readonly retryInMs?: number;
}

/** A delivery on its way. */
export type OpenDelivery = { -readonly [Key in keyof WebhookDelivery]: WebhookDelivery[Key] };
