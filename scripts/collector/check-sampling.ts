import type { Backend } from './backend.ts';
import { type MadeSpan, newTraceId, tracesBody } from './bodies.ts';
import type { Collector } from './collector.ts';
import { type Row, same } from './rows.ts';
import { waitUntil } from './wait-until.ts';

/** One trace for each reason to keep it, as Telltale's spans say it. */
const reasons: Readonly<Record<string, Omit<MadeSpan, 'traceId'>>> = {
  'an error': { name: 'chat gpt-5-mini', error: true },
  'a call that was cancelled': { name: 'chat gpt-5-mini', attributes: { 'telltale.outcome': 'cancelled' } },
  'a stream that broke off': { name: 'chat gpt-5-mini', attributes: { 'telltale.outcome': 'truncated' } },
  'an answer with nothing in it': { name: 'chat gpt-5-mini', attributes: { 'telltale.outcome': 'empty' } },
  'a refusal by us': { name: 'throttle', attributes: { 'error.type': 'queue_full' } },
  'two attempts': {
    name: 'chat gpt-5-mini',
    attributes: { 'telltale.outcome': 'ok', 'telltale.attempts': 2 },
  },
  'a second attempt': { name: 'POST /chat/completions', attributes: { 'http.request.resend_count': 1 } },
  'a backoff': { name: 'backoff' },
  'a fallback': { name: 'chat gpt-5-mini', attributes: { 'telltale.fallback.model': 'gpt-5-nano' } },
  'a wait for a limit': { name: 'throttle' },
  'a call that waited': { name: 'chat gpt-5-mini', attributes: { 'telltale.throttle.ms': 12.5 } },
  'a slow call': { name: 'chat gpt-5-mini', durationMs: 3_500 },
};

const ok = { name: 'chat gpt-5-mini', attributes: { 'telltale.outcome': 'ok', 'telltale.attempts': 1 } };

/**
 * With no share of the rest: each reason is enough, nothing else is kept, and an error is kept that comes long after the spans
 * before it were given up.
 */
export async function samplingRows(
  collector: Collector,
  backend: Backend,
  decisionWaitMs: number,
): Promise<Row[]> {
  const wanted = Object.entries(reasons).map(([reason, span]) => ({
    reason,
    span: { ...span, traceId: newTraceId() },
  }));
  const ordinary = Array.from({ length: 100 }, () => ({ ...ok, traceId: newTraceId() }));
  const [late = ok.name] = ordinary.map(({ traceId }) => traceId);
  await collector.send('traces', tracesBody([...wanted.map(({ span }) => span), ...ordinary]));
  const there = (id: string): boolean => backend.spans.some(({ traceId }) => traceId === id);
  await waitUntil(() => wanted.every(({ span }) => there(span.traceId)), 15_000);
  const missing = wanted.filter(({ span }) => !there(span.traceId)).map(({ reason }) => reason);
  // Twice the time: until it is sure that the sampler has given it up.
  await waitUntil(() => false, 2 * decisionWaitMs);
  const kept = ordinary.filter(({ traceId }) => there(traceId)).length;
  await collector.send('traces', tracesBody([{ name: 'chat gpt-5-mini', traceId: late, error: true }]));
  const cameLate = await waitUntil(() => there(late), 15_000);
  return [
    same(`of ${wanted.length} reasons to keep a trace, not enough`, 'none', missing.join(', ') || 'none'),
    same('ordinary traces kept, of 100, with no share of them', 0, kept),
    same('an error that comes after its trace was given up', 'kept', cameLate ? 'kept' : 'lost'),
  ];
}
