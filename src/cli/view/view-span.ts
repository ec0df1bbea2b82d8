import { type Attributes, readAttributes } from '../../../loadtest/otlp/attributes.ts';
import { msOfNanos, type SpanRecord } from '../../../loadtest/otlp/spans.ts';

/** A span of a trace file. */
export interface ViewSpan extends SpanRecord {
  readonly service: string;
  readonly statusMessage: string | undefined;
  readonly events: readonly ViewEvent[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

export interface ViewEvent {
  readonly name: string;
  /** Since 1970. */
  readonly atMs: number;
  readonly attributes: Attributes;
}

export interface ReadLine {
  readonly spans: readonly ViewSpan[];
  /** Spans of which no sense could be made. */
  readonly unreadable: number;
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

type Loose = Readonly<Record<string, unknown>>;

/** The spans of a line of OTLP/JSON; undefined for a line that is none. */
export function readLine(line: string): ReadLine | undefined {
  let body: unknown;
  try {
    body = JSON.parse(line);
  } catch {
    return undefined;
  }
  const resources = listIn(body, 'resourceSpans');
  if (!resources) return undefined;
  const spans: ViewSpan[] = [];
  let unreadable = 0;
  for (const resource of resources) {
    const service = String(attributesOf(fieldOf(resource, 'resource'))['service.name'] ?? '');
    for (const scoped of listIn(resource, 'scopeSpans') ?? []) {
      const scope = textOf(fieldOf(fieldOf(scoped, 'scope'), 'name')) ?? '';
      for (const one of listIn(scoped, 'spans') ?? []) {
        const span = readSpan(one, scope, service);
        if (span) spans.push(span);
        else unreadable++;
      }
    }
  }
  return { spans, unreadable };
}

function readSpan(given: unknown, scope: string, service: string): ViewSpan | undefined {
  const span = objectOf(given);
  const traceId = idOf(span['traceId'], 32);
  const spanId = idOf(span['spanId'], 16);
  const startMs = timeOf(span['startTimeUnixNano']);
  const endMs = timeOf(span['endTimeUnixNano']);
  if (!traceId || !spanId || startMs === undefined || endMs === undefined) return undefined;
  const parentSpanId = idOf(span['parentSpanId'], 16);
  const status = objectOf(span['status']);
  return {
    traceId,
    spanId,
    ...(parentSpanId && { parentSpanId }),
    name: textOf(span['name']) ?? '',
    kind: kinds[Number(span['kind'] ?? 0)] ?? 'internal',
    scope,
    service,
    startMs,
    endMs: Math.max(startMs, endMs),
    error: status['code'] === 2 || status['code'] === 'STATUS_CODE_ERROR',
    statusMessage: textOf(status['message']) || undefined,
    attributes: attributesOf(span),
    events: (listIn(span, 'events') ?? []).map((event) => ({
      name: textOf(fieldOf(event, 'name')) ?? '',
      atMs: timeOf(fieldOf(event, 'timeUnixNano')) ?? startMs,
      attributes: attributesOf(event),
    })),
    links: (listIn(span, 'links') ?? []).flatMap((link) => {
      const linked = {
        traceId: idOf(fieldOf(link, 'traceId'), 32),
        spanId: idOf(fieldOf(link, 'spanId'), 16),
      };
      return linked.traceId && linked.spanId ? [{ traceId: linked.traceId, spanId: linked.spanId }] : [];
    }),
  };
}

function attributesOf(holder: unknown): Attributes {
  const list = listIn(holder, 'attributes')?.filter(
    (one) => typeof fieldOf(one, 'key') === 'string' && fieldOf(one, 'value') !== undefined,
  );
  try {
    return readAttributes(list);
  } catch {
    // Lists in lists without end: the span is worth more than what nobody can read of it.
    return {};
  }
}

function objectOf(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}

function fieldOf(holder: unknown, name: string): unknown {
  return objectOf(holder)[name];
}

function listIn(holder: unknown, name: string): readonly unknown[] | undefined {
  const list = fieldOf(holder, name);
  return Array.isArray(list) ? list : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function idOf(value: unknown, digits: 16 | 32): string | undefined {
  const id = textOf(value)?.toLowerCase() ?? '';
  return id.length === digits && /^[0-9a-f]+$/.test(id) && !/^0+$/.test(id) ? id : undefined;
}

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const ms = msOfNanos(value);
  // Up to the last day that a date can be.
  return ms > 0 && ms <= 8.64e15 ? ms : undefined;
}
