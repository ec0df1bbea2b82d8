/** What the application behind the gateway got from one call of the client; the end of every answer of the gateway. */
export interface CallAnswer {
  readonly callId: string;
  readonly outcome: 'ok' | 'error' | 'refused' | 'cancelled' | 'truncated' | 'empty';
  /** Of the provider's error, when it answered. */
  readonly status?: number;
  /** When to come again, in milliseconds: of a refusal, or of the provider's last answer. */
  readonly retryAfterMs?: number;
  /** The class of what was thrown. */
  readonly errorClass?: string;
  readonly errorMessage?: string;
  /** The provider's `x-request-id`, where the client hands it out. */
  readonly requestId?: string;
  readonly finishReason?: string;
  /** Streams: chunks that the application read, and when the first came after the call began. */
  readonly chunks?: number;
  readonly firstChunkMs?: number;
  /** The mean and the longest time between two chunks that follow each other; of at least two. */
  readonly chunkGapMs?: number;
  readonly longestGapMs?: number;
  /** Of a background job: its id, and how far it was. */
  readonly job?: { readonly id: string; readonly status: string };
}
