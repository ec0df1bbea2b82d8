import type { K6Call } from '../k6/record.ts';
import type { ServiceLevel } from './model.ts';

export const defaultServiceLevel: ServiceLevel = { wholeMs: 2_000, firstTokenMs: 500 };

/** Whether a call was of use and in time, as its caller felt it: retries and waits count. */
export function isGood(call: K6Call, { wholeMs, firstTokenMs }: ServiceLevel): boolean {
  const { outcome, durationMs, streamed, firstChunkMs } = call;
  if (outcome !== 'ok' || durationMs > wholeMs) return false;
  // A stream of which nobody knows when it began to speak has not kept the level.
  return !streamed || (firstChunkMs !== undefined && firstChunkMs <= firstTokenMs);
}
