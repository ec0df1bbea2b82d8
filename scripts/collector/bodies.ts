/** OTLP in JSON, of our own making. */
export interface MadeSpan {
  readonly name: string;
  readonly traceId: string;
  readonly error?: boolean;
  /** @default 5 */
  readonly durationMs?: number;
  readonly attributes?: Readonly<Record<string, AnyValue>>;
  readonly eventAttributes?: Readonly<Record<string, AnyValue>>;
}

export type AnyValue = string | number | readonly string[];

const service = { attributes: attributes({ 'service.name': 'check-stack', 'service.instance.id': '1' }) };

export function tracesBody(spans: readonly MadeSpan[]): unknown {
  const endMs = Date.now();
  return {
    resourceSpans: [
      {
        resource: service,
        scopeSpans: [{ scope: { name: 'check' }, spans: spans.map((span) => spanOf(span, endMs)) }],
      },
    ],
  };
}

function spanOf(span: MadeSpan, endMs: number): unknown {
  return {
    traceId: span.traceId,
    // Two of one trace differ in their error.
    spanId: `${span.error ? 'e' : 'a'}${span.traceId.slice(17)}`,
    name: span.name,
    kind: 3,
    startTimeUnixNano: nanos(endMs - (span.durationMs ?? 5)),
    endTimeUnixNano: nanos(endMs),
    attributes: attributes(span.attributes ?? {}),
    events: span.eventAttributes
      ? [{ name: 'exception', timeUnixNano: nanos(endMs), attributes: attributes(span.eventAttributes) }]
      : [],
    status: { code: span.error ? 2 : 0 },
  };
}

export function logsBody(records: readonly { readonly body: string; readonly attribute: string }[]): unknown {
  const logRecords = records.map(({ body, attribute }) => ({
    timeUnixNano: nanos(Date.now()),
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: body },
    attributes: attributes({ planted: attribute }),
  }));
  return { resourceLogs: [{ resource: service, scopeLogs: [{ scope: { name: 'check' }, logRecords }] }] };
}

function nanos(ms: number): string {
  return `${ms}000000`;
}

function attributes(values: Readonly<Record<string, AnyValue>>): unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AnyValue): unknown {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number')
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } };
}

let made = 0;

/** Of a trace of our own, unlike any other of this process. */
export function newTraceId(): string {
  made++;
  return `${'c0ffee'.padEnd(16, '0')}${made.toString(16).padStart(16, '0')}`;
}
