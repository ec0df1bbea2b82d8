import type { StartOptions } from './options.ts';
import { countRange, delayRange, numberFrom } from './variables.ts';

/** What waits to be sent in batches: ended spans, or log records. */
export interface Queue {
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly scheduledDelayMs: number;
  readonly batchTimeoutMs: number;
}

/**
 * The options are the same for both queues; each has variables and a usual delay of its own, which are OpenTelemetry's.
 * `given` are the options of `start`.
 */
export function queueOf(
  prefix: 'OTEL_BSP' | 'OTEL_BLRP',
  usualDelayMs: number,
  given: { readonly [option in keyof StartOptions]?: unknown },
  environment: NodeJS.ProcessEnv,
): Queue {
  const maxQueueSize = numberFrom(environment, 'options.maxQueueSize', given.maxQueueSize, {
    variables: [`${prefix}_MAX_QUEUE_SIZE`],
    fallback: 2_048,
    range: countRange,
  });
  const maxBatchSize = numberFrom(environment, '', undefined, {
    variables: [`${prefix}_MAX_EXPORT_BATCH_SIZE`],
    fallback: 512,
    range: countRange,
  });
  return {
    maxQueueSize,
    // The processor wants a batch no larger than its queue.
    maxBatchSize: Math.min(maxBatchSize, maxQueueSize),
    scheduledDelayMs: numberFrom(environment, 'options.scheduledDelayMs', given.scheduledDelayMs, {
      variables: [`${prefix}_SCHEDULE_DELAY`],
      fallback: usualDelayMs,
      range: delayRange,
    }),
    batchTimeoutMs: numberFrom(environment, '', undefined, {
      variables: [`${prefix}_EXPORT_TIMEOUT`],
      fallback: 30_000,
      range: delayRange,
    }),
  };
}
