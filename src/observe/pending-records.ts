import type { Attributes, Counter, Histogram } from '@opentelemetry/api';
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
 * `flush` has to be called before metrics are read. Attributes are told apart by their identity: who gives new ones each
 * time gains nothing, and loses nothing.
 */
export class PendingRecords {
  readonly #sums: PendingSum[] = [];
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
    const sum = new PendingSum(counter, () => this.#came());
    this.#sums.push(sum);
    return sum;
  }

  distribution(histogram: Histogram): Distribution {
    return {
      record: (value, attributes) => {
        this.#histograms.push(histogram);
        this.#values.push(value);
        this.#attributes.push(attributes);
        this.#came();
      },
    };
  }

  /** Hands over all that waits. Never throws: what an instrument throws is thrown by the next record. */
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
    for (const sum of this.#sums) this.#guarded(() => sum.flush());
    this.#guarded(() => {
      for (let at = 0; at < values.length; at++)
        histograms[at]?.record(values[at] as number, attributes[at] as Attributes);
    });
  };

  #came(): void {
    this.#count += 1;
    if (this.#count >= mostPending) this.flush();
    else this.#cancelTimer ??= this.#clock.schedule(this.flush, longestPendingMs, 'housekeeping');
    const fault = this.#fault;
    if (!fault) return;
    this.#fault = undefined;
    throw fault.error;
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fault = { error };
    }
  }
}

class PendingSum implements Sum {
  readonly #counter: Counter;
  /** Something is to be added for attributes of which nothing waited. */
  readonly #came: () => void;
  #pending = new Map<Attributes, number>();

  constructor(counter: Counter, came: () => void) {
    this.#counter = counter;
    this.#came = came;
  }

  add(value: number, attributes: Attributes): void {
    const before = this.#pending.get(attributes);
    this.#pending.set(attributes, before === undefined ? value : before + value);
    if (before === undefined) this.#came();
  }

  flush(): void {
    if (this.#pending.size === 0) return;
    const pending = this.#pending;
    this.#pending = new Map();
    for (const [attributes, value] of pending) this.#counter.add(value, attributes);
  }
}
