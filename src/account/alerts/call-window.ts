import type { Call } from '../../call.ts';
import { RollingSums } from '../../rolling-sums.ts';
import { isFailed } from '../failed.ts';
import { picoUsdToUsd, usdToPicoUsd } from '../money.ts';
import { DurationBuckets } from './duration-buckets.ts';

const calls = 0;
const failed = 1;
const priced = 2;
const picoUsd = 3;
const firstBucket = 4;

/** What the calls of the window have in common. */
export interface WindowFigures {
  readonly calls: number;
  /** Undefined while there are no calls. */
  readonly p95Ms: number | undefined;
  readonly errorRate: number | undefined;
  /** Calls whose cost is known. */
  readonly priced: number;
  readonly meanCostUsd: number | undefined;
}

/** The calls of a rolling window, in 110 KB whatever their number. */
export class CallWindow {
  readonly partMs: number;
  readonly #sums: RollingSums;
  readonly #buckets: DurationBuckets;

  /** @param thresholdMs near which the percentile is exact; elsewhere it is right to 2 % */
  constructor(windowMs: number, thresholdMs: number) {
    this.#buckets = new DurationBuckets(thresholdMs);
    this.#sums = new RollingSums(windowMs, firstBucket + this.#buckets.count, 30);
    this.partMs = this.#sums.partMs;
  }

  add(call: Call, nowMs: number): void {
    const durationMs = (call.endedMs ?? call.startedMs) - call.startedMs;
    this.#sums.add(calls, 1, nowMs);
    this.#sums.add(firstBucket + this.#buckets.bucketOf(durationMs), 1, nowMs);
    if (isFailed(call)) this.#sums.add(failed, 1, nowMs);
    // What a batch cost is no measure of what a call costs.
    if (call.costUsd === undefined || call.job?.isBatch) return;
    this.#sums.add(priced, 1, nowMs);
    this.#sums.add(picoUsd, usdToPicoUsd(call.costUsd), nowMs);
  }

  figures(nowMs: number): WindowFigures {
    const sums = this.#sums.at(nowMs);
    const count = sums[calls] ?? 0;
    const ofKnownCost = sums[priced] ?? 0;
    return {
      calls: count,
      p95Ms: count === 0 ? undefined : this.#p95Ms(sums, count),
      errorRate: count === 0 ? undefined : (sums[failed] ?? 0) / count,
      priced: ofKnownCost,
      meanCostUsd: ofKnownCost === 0 ? undefined : picoUsdToUsd((sums[picoUsd] ?? 0) / ofKnownCost),
    };
  }

  /** The least duration that 95 % of the calls did not go above. */
  #p95Ms(sums: Readonly<Float64Array>, count: number): number {
    const rank = Math.ceil((count * 95) / 100);
    let seen = 0;
    let bucket = -1;
    while (seen < rank) {
      bucket++;
      seen += sums[firstBucket + bucket] ?? 0;
    }
    return this.#buckets.upperEdgeMs(bucket);
  }
}
