import { type Attributes, type Counter, type Histogram, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Clock, systemClock } from '../clock.ts';

/** Adds up, as a counter does. */
export interface Sum {
  add(value: number, attributes: Attributes): void;
}

/** Takes one value after the other, as a histogram does. */
export interface Distribution {
  record(value: number, attributes: Attributes): void;
}

/** So many values and sums wait at most, however seldom metrics are read: about 20 kB. */
const mostPending = 512;
/** Nothing waits longer, for a provider of metrics that never says when it reads. */
const longestPendingMs = 1_000;

/**
 * What calls record, until metrics are read or there is enough of it. An SDK hashes the attributes at every record: a
 * counter gets one for all calls that are alike, and a histogram gets its values one after the other, which costs half
 * of what it does in the middle of a call, where nothing of it is in the processor's caches.
 *
 * The first record of each attributes never waits: an SDK takes the time at which it gets it for the beginning of the
 * series, and in the middle of a reading that would be behind its end. None is made in the context of a call, because
 * calls of several contexts are handed over together.
 *
 * `flush` has to be called before metrics are read. Attributes are told apart by their identity: who gives new ones each
 * time gains nothing, and loses nothing.
 */
export class PendingRecords {
  readonly #sums: PendingSum[] = [];
  /** For each histogram, the attributes that it has got since the last `flush`. */
  readonly #begun: Set<Attributes>[] = [];
  /** In the order in which they came; the three are one list of records. */
  #histograms: Histogram[] = [];
  #values: number[] = [];
  #attributes: Attributes[] = [];
  #count = 0;
  #cancelTimer: (() => void) | undefined;
  #fault: { readonly error: unknown } | undefined;

  /** Not that of a client: what all clients record waits together. */
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  sum(counter: Counter): Sum {
    const sum: PendingSum = { counter, pending: new Map() };
    this.#sums.push(sum);
    return {
      add: (value, attributes) => {
        const before = sum.pending.get(attributes);
        sum.pending.set(attributes, before === undefined ? 0 : before + value);
        if (before !== undefined) return;
        this.#add(counter, value, attributes);
        this.#came();
      },
    };
  }

  distribution(histogram: Histogram): Distribution {
    const begun = new Set<Attributes>();
    this.#begun.push(begun);
    return {
      record: (value, attributes) => {
        if (begun.has(attributes)) {
          this.#histograms.push(histogram);
          this.#values.push(value);
          this.#attributes.push(attributes);
        } else {
          begun.add(attributes);
          this.#record(histogram, value, attributes);
        }
        this.#came();
      },
    };
  }

  /** Hands over all that waits. */
  readonly flush = (): void => {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#count = 0;
    const histograms = this.#histograms;
    const values = this.#values;
    const attributes = this.#attributes;
    this.#histograms = [];
    this.#values = [];
    this.#attributes = [];
    for (const begun of this.#begun) begun.clear();
    for (const sum of this.#sums) {
      const { counter, pending } = sum;
      if (pending.size === 0) continue;
      sum.pending = new Map();
      for (const [of, value] of pending) if (value !== 0) this.#add(counter, value, of);
    }
    for (let at = 0; at < values.length; at++)
      this.#record(histograms[at] as Histogram, values[at] as number, attributes[at] as Attributes);
  };

  /**
   * Throws, once, what an instrument has thrown. Nothing else here does: it would be in the middle of a call that has
   * nothing to do with it.
   */
  readonly throwFault = (): void => {
    const fault = this.#fault;
    if (!fault) return;
    this.#fault = undefined;
    throw fault.error;
  };

  #came(): void {
    this.#count += 1;
    if (this.#count >= mostPending) this.flush();
    else this.#cancelTimer ??= this.#clock.schedule(this.flush, longestPendingMs, 'housekeeping');
  }

  #add(counter: Counter, value: number, attributes: Attributes): void {
    try {
      counter.add(value, attributes, ROOT_CONTEXT);
    } catch (error) {
      this.#fault ??= { error };
    }
  }

  #record(histogram: Histogram, value: number, attributes: Attributes): void {
    try {
      histogram.record(value, attributes, ROOT_CONTEXT);
    } catch (error) {
      this.#fault ??= { error };
    }
  }
}

interface PendingSum {
  readonly counter: Counter;
  /** 0 for attributes of which the counter has all. */
  pending: Map<Attributes, number>;
}
