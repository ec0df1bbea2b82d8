import {
  type Attributes,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
  type TimeInput,
} from '@opentelemetry/api';
import type { FileSpan, FileSpanEvent } from '../trace-file/file-span.ts';
import { KeptAttributes } from './kept-attributes.ts';
import type { SpanTime } from './span-time.ts';

/** OpenTelemetry's own defaults. */
const mostEvents = 128;
const mostLinks = 128;

export interface RecordedSpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: SpanContext;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startTime: TimeInput | undefined;
  readonly attributes: Attributes | undefined;
  readonly links: readonly Link[];
  readonly resource: FileSpan['resource'];
  readonly instrumentationScope: FileSpan['instrumentationScope'];
}

/** A span that is handed over when it ends; whatever comes later is ignored. */
export class RecordedSpan implements Span, FileSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly resource: FileSpan['resource'];
  readonly instrumentationScope: FileSpan['instrumentationScope'];
  readonly links: FileSpan['links'][number][] = [];
  readonly events: FileSpanEvent[] = [];
  endTime: HrTime = [0, 0];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  readonly #spanContext: SpanContext;
  readonly #attributes: KeptAttributes;
  readonly #time: SpanTime;
  readonly #ended: (span: FileSpan) => void;
  #isRecording = true;

  constructor(options: RecordedSpanOptions, time: SpanTime, ended: (span: FileSpan) => void) {
    this.name = options.name;
    this.kind = options.kind;
    this.#spanContext = options.spanContext;
    this.parentSpanContext = options.parentSpanContext;
    this.startTime = time.of(options.startTime);
    this.resource = options.resource;
    this.instrumentationScope = options.instrumentationScope;
    this.#attributes = new KeptAttributes(options.attributes);
    this.#time = time;
    this.#ended = ended;
    this.addLinks(options.links);
  }

  get attributes(): Readonly<Record<string, unknown>> {
    return this.#attributes.values;
  }

  get droppedAttributesCount(): number {
    return this.#attributes.dropped;
  }

  spanContext(): SpanContext {
    return this.#spanContext;
  }

  isRecording(): boolean {
    return this.#isRecording;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.#isRecording) this.#attributes.set(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    if (this.#isRecording) this.#attributes.setAll(attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.#isRecording) return this;
    if (this.events.length >= mostEvents) {
      this.droppedEventsCount++;
      return this;
    }
    const isTime = isTimeInput(attributesOrTime);
    const kept = new KeptAttributes(isTime ? {} : attributesOrTime);
    this.events.push({
      name,
      time: this.#time.of(isTime ? (time ?? attributesOrTime) : time),
      attributes: kept.values,
      droppedAttributesCount: kept.dropped,
    });
    return this;
  }

  addLink({ context, attributes }: Link): this {
    if (!this.#isRecording) return this;
    if (this.links.length >= mostLinks) {
      this.droppedLinksCount++;
      return this;
    }
    const kept = new KeptAttributes(attributes);
    this.links.push({ context, attributes: kept.values, droppedAttributesCount: kept.dropped });
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  /** "OK" is final, as OpenTelemetry has it. */
  setStatus({ code, message }: SpanStatus): this {
    if (!this.#isRecording || code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK)
      return this;
    const isTold = code === SpanStatusCode.ERROR && typeof message === 'string';
    this.status = isTold ? { code, message } : { code };
    return this;
  }

  updateName(name: string): this {
    if (this.#isRecording) this.name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const { code, name, message, stack } =
      typeof exception === 'string'
        ? { code: undefined, name: undefined, message: exception, stack: undefined }
        : exception;
    const attributes = {
      'exception.type': code === undefined ? name : String(code),
      'exception.message': message,
      'exception.stacktrace': stack,
    };
    this.addEvent('exception', attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (!this.#isRecording) return;
    this.#isRecording = false;
    const end = this.#time.of(endTime);
    this.endTime = isBefore(end, this.startTime) ? this.startTime : end;
    this.#ended(this);
  }
}

function isTimeInput(value: Attributes | TimeInput | undefined): value is TimeInput {
  return typeof value === 'number' || value instanceof Date || Array.isArray(value);
}

function isBefore(one: HrTime, other: HrTime): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}
