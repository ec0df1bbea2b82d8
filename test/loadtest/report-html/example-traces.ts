import type { Span, Trace } from '../../../loadtest/report/model.ts';
import type { ExampleAttempt, ExampleCall } from './example-calls.ts';

/** The spans one call leaves behind, as the design's telemetry contract lists them. */
export function exampleTrace(call: ExampleCall): Trace {
  const number = Number(call.id.slice(2));
  const traceId = number.toString(16).padStart(32, '4bf92f3577b34da6a3ce929d0e0e4736');
  const spanId = (index: number) => (number * 64 + index).toString(16).padStart(16, '0');
  const at = (ms: number) => ms - call.fromMs;
  const durationMs = at(call.toMs);
  const outcome = call.ok ? 'ok' : 'error';
  const last = call.attempts.at(-1);
  const failedWith = call.ok ? {} : { 'error.type': String(last?.status ?? 500) };
  const root: Span = {
    name: 'POST /v1/chat',
    spanId: spanId(0),
    kind: 'server',
    role: 'gateway',
    fromMs: 0,
    toMs: durationMs,
    error: !call.ok,
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/v1/chat',
      'http.response.status_code': last?.status ?? 500,
    },
  };
  const operation: Span = {
    name: `chat ${call.model}`,
    spanId: spanId(1),
    parentSpanId: spanId(0),
    kind: 'client',
    role: 'call',
    fromMs: 0.4,
    toMs: durationMs - 0.6,
    error: !call.ok,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': call.model,
      'gen_ai.usage.input_tokens': call.inputTokens,
      'gen_ai.usage.output_tokens': call.outputTokens,
      'telltale.outcome': outcome,
      'telltale.attempts': call.attempts.length,
      'telltale.call.id': call.id,
      ...failedWith,
    },
  };
  const inner = call.attempts.flatMap((attempt, index) => [
    ...backoffBefore(call.attempts[index - 1], attempt, at, spanId(index * 2 + 2), spanId(1)),
    attemptSpan(attempt, index, at, spanId(index * 2 + 3), spanId(1)),
  ]);
  return {
    traceId,
    callId: call.id,
    phase: call.phase,
    durationMs,
    attempts: call.attempts.length,
    outcome,
    spans: [root, operation, ...inner],
  };
}

function attemptSpan(
  attempt: ExampleAttempt,
  index: number,
  at: (ms: number) => number,
  spanId: string,
  parentSpanId: string,
): Span {
  const failed = attempt.status !== 200;
  return {
    name: 'POST /chat/completions',
    spanId,
    parentSpanId,
    kind: 'client',
    role: 'attempt',
    fromMs: at(attempt.fromMs),
    toMs: at(attempt.toMs),
    error: failed,
    attributes: {
      'http.request.method': 'POST',
      'url.path': '/v1/chat/completions',
      'http.response.status_code': attempt.status,
      ...(index > 0 ? { 'http.request.resend_count': index } : {}),
      ...(failed ? { 'error.type': String(attempt.status) } : {}),
      ...(attempt.status === 429 ? { 'http.response.header.retry-after': '1' } : {}),
    },
  };
}

function backoffBefore(
  before: ExampleAttempt | undefined,
  attempt: ExampleAttempt,
  at: (ms: number) => number,
  spanId: string,
  parentSpanId: string,
): readonly Span[] {
  if (!before) return [];
  return [
    {
      name: 'backoff',
      spanId,
      parentSpanId,
      kind: 'internal',
      role: 'backoff',
      fromMs: at(before.toMs),
      toMs: at(attempt.fromMs),
      error: false,
      attributes: {
        'telltale.backoff.reason': String(before.status),
        'telltale.backoff.rule': before.status === 429 ? 'server' : 'policy',
      },
    },
  ];
}
