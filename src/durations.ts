import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** What is known of a set of durations, in milliseconds. All but `count` are undefined while there is none. */
export interface DurationSummary {
  readonly count: number;
  readonly mean: number | undefined;
  /** Half of them took no longer. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

const microsecondsPerMs = 1_000;
const maxMicroseconds = 3_600_000_000;

/**
 * Durations in bounded memory. Percentiles come from Node's own HDR histogram: it records in about 30 ns, its memory
 * does not grow, and it needs no dependency. It counts microseconds up to one hour; what is longer counts there as
 * one hour. Count, mean and max are kept beside it and are exact.
 */
export class Durations {
  readonly #figures: 2 | 3;
  /** Made when it is first needed: 24 KB with two figures, 154 KB with three. */
  #histogram: RecordableHistogram | undefined;
  #count = 0;
  #sumMs = 0;
  #maxMs = 0;

  /** @param figures significant figures of the percentiles: 3 is right to 0.1 %, 2 to 1 % */
  constructor(figures: 2 | 3) {
    this.#figures = figures;
  }

  add(durationMs: number): void {
    if (!(durationMs >= 0)) return;
    this.#count += 1;
    this.#sumMs += durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
    this.#histogram ??= createHistogram({ lowest: 1, highest: maxMicroseconds, figures: this.#figures });
    // The histogram throws on 0 and drops what is above its highest value.
    const microseconds = Math.round(durationMs * microsecondsPerMs);
    this.#histogram.record(Math.min(Math.max(microseconds, 1), maxMicroseconds));
  }

  summary(): DurationSummary {
    if (this.#count === 0) {
      return { count: 0, mean: undefined, p50: undefined, p95: undefined, p99: undefined, max: undefined };
    }
    return {
      count: this.#count,
      mean: this.#sumMs / this.#count,
      p50: this.#percentile(50),
      p95: this.#percentile(95),
      p99: this.#percentile(99),
      max: this.#maxMs,
    };
  }

  /** Undefined while there is none. @param percent above 0, at most 100 */
  percentile(percent: number): number | undefined {
    return this.#count === 0 ? undefined : this.#percentile(percent);
  }

  #percentile(percent: number): number {
    const microseconds = this.#histogram?.percentile(percent) ?? 0;
    // The histogram gives the upper end of a bucket, which may lie above every value in it.
    return Math.min(microseconds / microsecondsPerMs, this.#maxMs);
  }
}
