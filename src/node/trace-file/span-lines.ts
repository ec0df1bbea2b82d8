import type { HrTime, SpanContext } from '@opentelemetry/api';
import { keyValues } from './any-value.ts';
import type { FileSpan, FileSpanEvent } from './file-span.ts';

/** Spans stand on one line until it is so long. */
const longLine = 1_000_000;

/** A line, without its end. */
export interface SpanLine {
  readonly text: string;
  /** Spans on it. */
  readonly count: number;
}

/**
 * Spans as lines of OTLP/JSON, each an `ExportTraceServiceRequest` of its own: what the collector's file exporter writes, and
 * its `otlpjsonfile` receiver reads.
 */
export function spanLines(spans: readonly FileSpan[]): readonly SpanLine[] {
  return [...byOrigin(spans).values()].flatMap((group) => linesOfGroup(group));
}

/** Those that share a line: of one resource and one scope. */
function byOrigin(spans: readonly FileSpan[]): ReadonlyMap<string, readonly FileSpan[]> {
  const resources: object[] = [];
  const groups = new Map<string, FileSpan[]>();
  for (const span of spans) {
    const { resource, instrumentationScope: scope } = span;
    if (!resources.includes(resource)) resources.push(resource);
    const key = JSON.stringify([resources.indexOf(resource), scope.name, scope.version]);
    const group = groups.get(key);
    if (group) group.push(span);
    else groups.set(key, [span]);
  }
  return groups;
}

function linesOfGroup(spans: readonly FileSpan[]): readonly SpanLine[] {
  const [first] = spans;
  if (!first) return [];
  const { name, version } = first.instrumentationScope;
  const resource = JSON.stringify({ attributes: keyValues(first.resource.attributes) });
  const scope = JSON.stringify({ name, version });
  const line = (texts: readonly string[]): SpanLine => ({
    text: `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[${texts.join(',')}]}]}]}`,
    count: texts.length,
  });
  const lines: SpanLine[] = [];
  let texts: string[] = [];
  let length = 0;
  for (const span of spans) {
    const text = JSON.stringify(otlpSpan(span));
    if (texts.length > 0 && length + text.length > longLine) {
      lines.push(line(texts));
      texts = [];
      length = 0;
    }
    texts.push(text);
    length += text.length;
  }
  return [...lines, line(texts)];
}

function otlpSpan(span: FileSpan): object {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  const { parentSpanContext: parent, status } = span;
  return {
    traceId,
    spanId,
    parentSpanId: parent?.spanId || undefined,
    traceState: traceState?.serialize(),
    flags: flagsOf(traceFlags, parent),
    name: span.name,
    // OTLP counts from 1, and 0 is "not known".
    kind: span.kind + 1,
    startTimeUnixNano: nanosOf(span.startTime),
    endTimeUnixNano: nanosOf(span.endTime),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount || undefined,
    events: span.events.map(otlpEvent),
    droppedEventsCount: span.droppedEventsCount || undefined,
    links: span.links.map(({ context, attributes, droppedAttributesCount }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      traceState: context.traceState?.serialize(),
      flags: flagsOf(context.traceFlags, context),
      attributes: keyValues(attributes ?? {}),
      droppedAttributesCount: droppedAttributesCount || undefined,
    })),
    droppedLinksCount: span.droppedLinksCount || undefined,
    status: { code: status.code, message: status.message },
  };
}

function otlpEvent({ name, time, attributes, droppedAttributesCount }: FileSpanEvent): object {
  return {
    name,
    timeUnixNano: nanosOf(time),
    attributes: keyValues(attributes ?? {}),
    droppedAttributesCount: droppedAttributesCount || undefined,
  };
}

/** The flags of the trace in the low byte, and above it whether it is known that the other span is of another process. */
function flagsOf(traceFlags: number, other: SpanContext | undefined): number {
  return (traceFlags & 0xff) | 0x100 | (other?.isRemote === true ? 0x200 : 0);
}

function nanosOf([seconds, nanos]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(Math.round(nanos)));
}
