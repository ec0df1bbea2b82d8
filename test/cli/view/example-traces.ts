import type { FileSpan } from '../../../src/node/trace-file/file-span.ts';
import { spanLines } from '../../../src/node/trace-file/span-lines.ts';

type Attributes = Readonly<Record<string, unknown>>;

interface Given {
  readonly parent?: string;
  readonly kind?: number;
  readonly from: number;
  readonly to: number;
  readonly error?: boolean;
  readonly attributes?: Attributes;
  readonly scope?: string;
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
}

export const hostile = `<img src=x onerror="window.hacked=true"><script>window.hacked=true</script>'"&\u202e`;
const beganMs = Date.UTC(2026, 2, 4, 12, 30);

export function traceIdOf(at: number): string {
  return `f${(at + 1).toString(16).padStart(31, '0')}`;
}

/** A span of the trace with this number; times in milliseconds after its start. */
function span(at: number, id: string, name: string, given: Given): FileSpan {
  const traceId = traceIdOf(at);
  const startMs = beganMs + at * 1_000;
  const time = (ms: number): [number, number] => [
    Math.floor((startMs + ms) / 1_000),
    Math.round(((startMs + ms) % 1_000) * 1e6),
  ];
  const idOf = (text: string): string => Buffer.from(text.padEnd(8, '.')).toString('hex').slice(0, 16);
  const context = (text: string) => ({ traceId, spanId: idOf(text), traceFlags: 1 });
  const {
    parent,
    kind = 2,
    from,
    to,
    error = false,
    attributes = {},
    scope = 'telltale',
    events = [],
  } = given;
  return {
    name,
    kind,
    spanContext: () => context(id),
    parentSpanContext: parent === undefined ? undefined : context(parent),
    startTime: time(from),
    endTime: time(to),
    status: error ? { code: 2, message: 'it failed' } : { code: 0 },
    attributes,
    links: [],
    events: events.map((event) => ({ ...event, time: time(from) })),
    resource: { attributes: { 'service.name': 'shop' } },
    instrumentationScope: { name: scope },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const attempt = (status: number, at: number): Attributes => ({
  'http.request.method': 'POST',
  'url.template': '/chat/completions',
  'http.response.status_code': status,
  'telltale.request_id': `req_${at}`,
});

function call(model: string, outcome: string, more: Attributes = {}): Attributes {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': model,
    'telltale.outcome': outcome,
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    ...more,
  };
}

/** A call that waited for a limit, was turned down, waited again and then streamed. */
export function retriedTrace(at: number): readonly FileSpan[] {
  return [
    span(at, 'server', 'POST /answers', { kind: 1, scope: 'http', from: 0, to: 3_000 }),
    span(at, 'call', 'chat gpt-5-mini', {
      parent: 'server',
      from: 20,
      to: 2_950,
      attributes: call('gpt-5-mini', 'ok', {
        'telltale.cost.usd': 0.0042,
        'gen_ai.conversation.id': `conv-${at}`,
        'gen_ai.request.stream': true,
        'gen_ai.response.time_to_first_chunk': 1.9,
        'telltale.attempts': 2,
      }),
    }),
    span(at, 'throttle', 'throttle', { parent: 'call', kind: 0, from: 20, to: 420 }),
    span(at, 'first', 'POST /chat/completions', {
      parent: 'call',
      from: 420,
      to: 700,
      error: true,
      attributes: { ...attempt(429, at), 'error.type': 'rate_limit_exceeded' },
      events: [{ name: 'exception', attributes: { 'exception.message': 'slow down' } }],
    }),
    span(at, 'backoff', 'backoff', { parent: 'call', kind: 0, from: 700, to: 1_600 }),
    span(at, 'second', 'POST /chat/completions', {
      parent: 'call',
      from: 1_600,
      to: 2_950,
      attributes: attempt(200, at),
    }),
  ];
}

/** A call that failed, of a model and with words that somebody hostile chose. */
export function hostileTrace(at: number): readonly FileSpan[] {
  return [
    span(at, 'call', `chat ${hostile}`, {
      from: 0,
      to: 120,
      error: true,
      attributes: call(hostile, 'error', { 'error.type': hostile, [hostile]: hostile }),
      events: [{ name: hostile, attributes: { [hostile]: hostile } }],
    }),
  ];
}

const models = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'];
const outcomes = ['ok', 'ok', 'ok', 'ok', 'error', 'refused', 'cancelled', 'truncated', 'empty'];

/** A plain call: its outcome, model, length and cost follow from the number. */
export function plainTrace(at: number): readonly FileSpan[] {
  const outcome = outcomes[at % outcomes.length] ?? 'ok';
  const model = models[at % models.length] ?? '';
  const to = 50 + ((at * 37) % 4_000);
  const isError = outcome === 'error';
  return [
    span(at, 'call', `chat ${model}`, {
      from: 0,
      to,
      error: isError,
      attributes: call(model, outcome, {
        ...(at % 7 !== 0 && { 'telltale.cost.usd': ((at * 13) % 100) / 10_000 }),
        ...(isError && { 'error.type': 'server_error' }),
      }),
    }),
    span(at, 'only', 'POST /chat/completions', {
      parent: 'call',
      from: 5,
      to,
      error: isError,
      attributes: attempt(isError ? 500 : 200, at),
    }),
  ];
}

export function linesOf(traces: readonly (readonly FileSpan[])[]): string {
  return traces
    .flatMap((spans) => spanLines(spans))
    .map(({ text }) => `${text}\n`)
    .join('');
}

export function plainTraces(count: number): readonly (readonly FileSpan[])[] {
  return Array.from({ length: count }, (_, at) => plainTrace(at));
}
