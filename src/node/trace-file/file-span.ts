import type { HrTime, Link, SpanContext, SpanKind, SpanStatus } from '@opentelemetry/api';

/** What a trace file holds of a span: a part of what the SDK, of its generations 2 and 3, hands to an exporter. */
export interface FileSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly spanContext: () => SpanContext;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly Pick<Link, 'context' | 'attributes' | 'droppedAttributesCount'>[];
  readonly events: readonly FileSpanEvent[];
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  readonly instrumentationScope: { readonly name: string; readonly version?: string | undefined };
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

/** What a trace file holds of an event of a span. */
export interface FileSpanEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly droppedAttributesCount?: number | undefined;
}
