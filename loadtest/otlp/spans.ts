import { type Attributes, readAttributes } from './attributes.ts';

/** A span as it was exported. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** The name of the instrumentation scope. */
  readonly scope: string;
  /** Since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly error: boolean;
  readonly attributes: Attributes;
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const statusError = 2;

interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly {
      readonly scope?: { readonly name?: string };
      readonly spans?: readonly OtlpSpan[];
    }[];
  }[];
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string | number;
  readonly endTimeUnixNano: string | number;
  readonly attributes?: unknown;
  readonly status?: { readonly code?: number };
}

/**
 * Reads a parsed body of `/v1/traces`.
 *
 * @throws RangeError where a span has no time, so that the sender hears of it and no figure is made of it.
 */
export function readSpans(body: unknown): SpanRecord[] {
  const { resourceSpans = [] } = body as OtlpTraces;
  return resourceSpans.flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) => spans.map((span) => readSpan(span, scope?.name ?? ''))),
  );
}

function readSpan(span: OtlpSpan, scope: string): SpanRecord {
  const { traceId, spanId, parentSpanId, name } = span;
  return {
    traceId,
    spanId,
    ...(parentSpanId ? { parentSpanId } : {}),
    name,
    kind: kinds[span.kind ?? 0] ?? 'internal',
    scope,
    startMs: timeOf(span, 'startTimeUnixNano'),
    endMs: timeOf(span, 'endTimeUnixNano'),
    error: span.status?.code === statusError,
    attributes: readAttributes(span.attributes),
  };
}

function timeOf(span: OtlpSpan, name: 'startTimeUnixNano' | 'endTimeUnixNano'): number {
  const ms = msOfNanos(span[name]);
  if (!Number.isFinite(ms)) throw new RangeError(`Expected \`${name}\` of a span to be a time.`);
  return ms;
}

/** Precise to a quarter of a microsecond, which is what a double holds of today's date. */
export function msOfNanos(nanos: string | number): number {
  return Number(nanos) / 1e6;
}
