import type { Clock } from '../../clock.ts';
import type { TraceSource } from './sources.ts';
import { TraceReader } from './trace-reader.ts';
import { TraceStore } from './trace-store.ts';

/** Of more than this, the newest are shown. */
export const mostTraces = 20_000;
export const mostBytes = 128 * 2 ** 20;
/** Whoever asks within this time is told the same. */
const restMs = 500;

/** The traces of a source, as they are when somebody asks. */
export class Traces {
  readonly source: TraceSource;
  readonly store: TraceStore;
  readonly #clock: Clock;
  readonly #reader: TraceReader;
  #reading: Promise<void> | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  constructor(
    source: TraceSource,
    clock: Clock,
    bounds: { readonly mostTraces?: number; readonly mostSpans?: number; readonly mostBytes?: number } = {},
  ) {
    this.source = source;
    this.store = new TraceStore(bounds.mostTraces ?? mostTraces, bounds.mostSpans);
    this.#clock = clock;
    this.#reader = new TraceReader(this.store, bounds.mostBytes ?? mostBytes);
  }

  /** Reads what is new. */
  async refresh(): Promise<void> {
    if (!this.#reading && this.#clock.nowMs() - this.#readMs < restMs) return;
    this.#reading ??= this.#reader.refresh(this.source.files()).finally(() => {
      this.#reading = undefined;
      this.#readMs = this.#clock.nowMs();
    });
    await this.#reading;
  }

  /** What a reader must know of the list: how much there is, and what of it is not shown. */
  notes(): string {
    const { files, skippedBytes, unreadable, unreadableFiles } = this.#reader.state;
    const { size, dropped, droppedSpans } = this.store;
    const count = (value: number, noun: string): string =>
      `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`;
    return [
      `${count(size, 'trace')} of ${count(files, 'file')}.`,
      ...(skippedBytes > 0
        ? [
            `Only the newest lines were read: ${Math.ceil(skippedBytes / 2 ** 20).toLocaleString('en-US')} MiB of older ones are left out.`,
          ]
        : []),
      ...(dropped > 0 ? [`${count(dropped, 'older trace')} left out.`] : []),
      ...(droppedSpans > 0 ? [`${count(droppedSpans, 'span')} of very long traces left out.`] : []),
      ...(unreadableFiles.length > 0 ? [`Could not be read: ${unreadableFiles.join(', ')}.`] : []),
      ...(unreadable > 0
        ? [`Lines or spans that could not be read: ${unreadable.toLocaleString('en-US')}.`]
        : []),
    ].join(' ');
  }
}
