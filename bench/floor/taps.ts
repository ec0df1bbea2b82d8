import type { Attributes, Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { LogRecordProcessor } from './sdk.ts';
import type { LogRecord, Step } from './steps.ts';

type Listener = (step: Step) => void;

/** Passes spans on to their batches, and tells of them while somebody listens. */
export class SpanTap implements SpanProcessor {
  listener: Listener | undefined;
  readonly #batches: SpanProcessor;
  readonly #names = new WeakMap<object, string>();

  constructor(batches: SpanProcessor) {
    this.#batches = batches;
  }

  onStart(span: Span, parent: Context): void {
    this.#batches.onStart(span, parent);
    if (!this.listener) return;
    this.#names.set(span, span.name);
    this.listener({
      does: 'start',
      id: span.spanContext().spanId,
      parentId: span.parentSpanContext?.spanId,
      name: span.name,
      kind: span.kind,
      attributes: { ...span.attributes },
    });
  }

  onEnd(span: ReadableSpan): void {
    this.#batches.onEnd(span);
    this.listener?.({
      does: 'end',
      id: span.spanContext().spanId,
      name: span.name,
      renamed: span.name !== this.#names.get(span),
      attributes: { ...span.attributes },
      events: span.events.map(({ name, attributes }) => ({ name, attributes: attributes as Attributes })),
      status: span.status,
    });
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }
}

/** Keeps log records, as a batch does, until they are dropped. */
export class LogTap implements LogRecordProcessor {
  listener: Listener | undefined;
  #waiting: LogRecord[] = [];

  onEmit(record: LogRecord): void {
    this.#waiting.push(record);
    this.listener?.({ does: 'log', spanId: record.spanContext?.spanId, record });
  }

  async forceFlush(): Promise<void> {
    this.#waiting = [];
  }

  async shutdown(): Promise<void> {
    this.#waiting = [];
  }
}
