import { expect, it } from 'vitest';
import { roleOf } from '../../../loadtest/books/telemetry.ts';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';

const span: SpanRecord = {
  traceId: 't',
  spanId: 's',
  name: 'chat gpt-5',
  kind: 'client',
  scope: 'telltale',
  startMs: 0,
  endMs: 1,
  error: false,
  attributes: { 'gen_ai.operation.name': 'chat', 'telltale.outcome': 'ok' },
};

it.each<[string, Partial<SpanRecord>]>([
  ['call', {}],
  ['attempt', { attributes: { 'http.request.method': 'POST' } }],
  ['backoff', { kind: 'internal', name: 'backoff', attributes: {} }],
  ['throttle', { kind: 'internal', name: 'throttle', attributes: {} }],
  ['gateway', { kind: 'server', scope: 'telltale-loadtest-gateway' }],
  ['other', { attributes: { 'gen_ai.operation.name': 'chat' } }],
  ['other', { kind: 'internal' }],
  ['other', { kind: 'server' }],
  ['other', { scope: 'somebody-else' }],
])('a span is a %s when it is %j', (role, change) => {
  expect(roleOf({ ...span, ...change })).toBe(role);
});
