import type { Clock } from '../../clock.ts';
import type { Handover } from './handover.ts';
import type { BatchProvider } from './provider.ts';
import type { QueueQuota } from './queue-quota.ts';
import type { BatchResult } from './result.ts';
import type { BatchRecords, RunState } from './state.ts';
import type { WakeUps } from './wake-ups.ts';

/** Does at most so many of what it is given at once. */
export type AtMost = <T>(work: () => Promise<T>) => Promise<T>;

/** What all parts of a run share. */
export interface Work {
  readonly id: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly provider: BatchProvider;
  readonly records: BatchRecords;
  /** Where the lines of the parts are. */
  readonly spool: string;
  readonly completionWindow: '24h';
  readonly maxAttempts: number;
  readonly keepFiles: boolean;
  readonly redeliver: boolean;
  readonly delaysMs: readonly number[];
  readonly quota: QueueQuota;
  readonly wakeUps: WakeUps;
  readonly results: Handover<BatchResult>;
  /** Files are large: few are sent at once. */
  readonly uploading: AtMost;
  /** There is one reader of results. */
  readonly reading: AtMost;
  /** As it is now. */
  readonly run: () => RunState;
  /** What a batch or an answer of one cost, by its `usage` and `model`. */
  readonly costUsd: (batch: object) => number | undefined;
  /** What the batch uses is booked here, once, when it is heard that it has ended. */
  readonly expectBatch: (batchId: string) => void;
  readonly onChange: () => void;
}
