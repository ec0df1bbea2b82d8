import { metrics, SpanKind, trace } from '@opentelemetry/api';

/**
 * What one observed call costs when its two spans and nine metric records are made straight through the SDK, with the
 * same names, attributes and times, and nothing else is done. Nobody who records as much can be cheaper.
 */
export function floor(): () => void {
  const tracer = trace.getTracer('floor');
  const meter = metrics.getMeter('floor');
  const duration = meter.createHistogram('floor.duration', { unit: 's' });
  const usage = meter.createHistogram('floor.usage');
  const tokens = meter.createCounter('floor.tokens');
  const cost = meter.createCounter('floor.cost');
  const attempts = meter.createCounter('floor.attempts');
  const start = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'server.address': '127.0.0.1',
    'server.port': 1,
    'gen_ai.request.model': 'gpt-5-mini',
  };
  const base = { ...start, 'gen_ai.response.model': 'gpt-5-mini-2025-08-07', 'telltale.outcome': 'ok' };
  const type = (name: string) => ({ ...base, 'gen_ai.token.type': name });
  const [input, cached, output, reasoning] = ['input', 'cached', 'output', 'reasoning'].map(type);
  const money = { ...base, 'telltale.wasted': false };
  const attempted = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5-mini',
    'http.response.status_code': 200,
  };
  return () => {
    const call = tracer.startSpan('chat gpt-5-mini', {
      kind: SpanKind.CLIENT,
      attributes: start,
      startTime: performance.now(),
    });
    const attempt = tracer.startSpan('POST /chat/completions', {
      kind: SpanKind.CLIENT,
      startTime: performance.now(),
      attributes: {
        'http.request.method': 'POST',
        'url.template': '/chat/completions',
        'server.address': '127.0.0.1',
        'server.port': 1,
      },
    });
    call.setAttributes({ 'openai.api.type': 'chat_completions' });
    attempt.setAttributes({
      'telltale.sent': true,
      'http.response.status_code': 200,
      'telltale.request_id': 'req_bench',
    });
    attempt.end(performance.now());
    attempts.add(1, attempted);
    duration.record(0.1, base);
    usage.record(18, input);
    usage.record(90, output);
    tokens.add(18, input);
    tokens.add(0, cached);
    tokens.add(90, output);
    tokens.add(10, reasoning);
    cost.add(0.0001, money);
    call.setAttributes({
      'telltale.attempts': 1,
      'telltale.usage.source': 'provider',
      'telltale.outcome': 'ok',
      'gen_ai.response.id': 'chatcmpl-bench',
      'gen_ai.response.model': 'gpt-5-mini-2025-08-07',
      'gen_ai.response.finish_reasons': ['stop'],
      'openai.response.service_tier': 'default',
      'gen_ai.usage.input_tokens': 18,
      'gen_ai.usage.output_tokens': 90,
      'gen_ai.usage.cache_read.input_tokens': 0,
      'gen_ai.usage.reasoning.output_tokens': 10,
      'telltale.cost.usd': 0.0001,
    });
    call.end(performance.now());
  };
}
