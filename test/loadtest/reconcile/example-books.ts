import { type Books, joinBooks } from '../../../loadtest/books/join.ts';
import type { GatewayLeft, ProviderLeft } from '../../../loadtest/books/left.ts';
import { callIdOf, parentSpanIdOf } from '../../../loadtest/k6/call-id.ts';
import type { K6Call } from '../../../loadtest/k6/record.ts';
import type { MetricTotal } from '../../../loadtest/otlp/metrics.ts';
import type { SpanRecord } from '../../../loadtest/otlp/spans.ts';
import { reconcile } from '../../../loadtest/reconcile/index.ts';
import type { Invariant } from '../../../loadtest/report/model.ts';
import type { LedgerEntry } from '../../../src/mock/ledger.ts';

/** Books that a test may spoil. */
export interface OpenBooks {
  calls: K6Call[];
  iterations: number;
  cutShort: boolean;
  spans: SpanRecord[];
  metrics: MetricTotal[];
  openCalls: number | undefined;
  /** Beside the open calls. */
  left: Omit<GatewayLeft, 'openCalls'>;
  providerLeft: ProviderLeft;
  ledger: LedgerEntry[] | undefined;
}

/** Tokens that the example's answers cost: 100 in, of which 20 cached, and 30 out, of which 10 reasoning. */
export const usage = { inputTokens: 100, cachedTokens: 20, outputTokens: 30, reasoningTokens: 10 };
/** By gpt-5-mini's prices: 80 × 250 + 20 × 25 + 30 × 2,000 nano-dollars. */
export const costUsd = 80_500 / 1e9;

export const refusedThenOk = callIdOf(1, 'json', 0);
export const ok = callIdOf(1, 'json', 1);
export const failed = callIdOf(1, 'streams', 0);

const ofModel = { 'gen_ai.request.model': 'gpt-5-mini' } as const;

/** Three calls that agree everywhere: one met a 429 first, one was good at once, one was refused three times. */
export function exampleBooks(): OpenBooks {
  const calls = [
    { callId: refusedThenOk, statuses: [429, 200] },
    { callId: ok, statuses: [200] },
    { callId: failed, statuses: [503, 503, 503] },
  ];
  const spans = calls.flatMap(({ callId, statuses }) => spansOf(callId, statuses));
  return {
    calls: calls.map(({ callId, statuses }) => k6Call(callId, statuses.at(-1) === 200 ? 'ok' : 'error')),
    iterations: calls.length,
    cutShort: false,
    spans,
    metrics: metricsOf(spans),
    openCalls: 0,
    left: { requests: 0, resources: {} },
    providerLeft: { running: 0 },
    ledger: calls.flatMap(({ callId, statuses }) =>
      statuses.map((status, attempt) => ledgerEntry(callId, attempt, status)),
    ),
  };
}

/** What honest metrics say of these spans. */
export function metricsOf(spans: readonly SpanRecord[]): MetricTotal[] {
  const totals: MetricTotal[] = [];
  const calls = spans.filter(isCallSpan);
  const attempts = spans.filter(isAttempt);
  for (const [status, { length: sum }] of grouped(
    attempts,
    (span) => span.attributes['http.response.status_code'],
  ))
    totals.push({
      name: 'telltale.attempts',
      attributes: status === undefined ? {} : { 'http.response.status_code': status as number },
      sum,
    });
  const first = new Set(attempts.map(({ traceId }) => traceId));
  totals.push({ name: 'telltale.retries', attributes: {}, sum: attempts.length - first.size });
  for (const [outcome, { length: count }] of grouped(calls, (span) => span.attributes['telltale.outcome']))
    totals.push({
      name: 'gen_ai.client.operation.duration',
      attributes: { 'telltale.outcome': String(outcome) },
      sum: 1,
      count,
    });
  const waits = spans.filter(({ name }) => name === 'backoff').length;
  if (waits > 0) totals.push({ name: 'telltale.backoff.wait', attributes: {}, sum: 1, count: waits });
  for (const [model, ofModel] of grouped(calls, (span) => span.attributes['gen_ai.request.model'])) {
    const attributes = { 'gen_ai.request.model': String(model) };
    const sumOf = (name: string, some = ofModel): number =>
      some.reduce((sum, span) => sum + Number(span.attributes[name] ?? 0), 0);
    for (const isWasted of [false, true]) {
      const some = ofModel.filter(
        (span) => wasted.includes(String(span.attributes['telltale.outcome'])) === isWasted,
      );
      const sum = sumOf('telltale.cost.usd', some);
      totals.push({ name: 'telltale.cost', attributes: { ...attributes, 'telltale.wasted': isWasted }, sum });
    }
    for (const [type, name] of Object.entries(tokenAttributes)) {
      const told = { attributes: { ...attributes, 'gen_ai.token.type': type }, sum: sumOf(name) };
      totals.push({ name: 'telltale.tokens', ...told });
      if (type === 'input' || type === 'output')
        totals.push({ name: 'gen_ai.client.token.usage', ...told, count: ofModel.length });
    }
  }
  return totals;
}

const wasted: readonly string[] = ['error', 'cancelled', 'truncated', 'empty'];

function grouped<T>(items: readonly T[], keyOf: (item: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const tokenAttributes = {
  input: 'gen_ai.usage.input_tokens',
  cached: 'gen_ai.usage.cache_read.input_tokens',
  output: 'gen_ai.usage.output_tokens',
  reasoning: 'gen_ai.usage.reasoning.output_tokens',
} as const;

/** Makes the metrics say again what the spans say. */
export function recount(books: OpenBooks): void {
  books.metrics = metricsOf(books.spans);
}

/** An attempt to which no answer came. */
export function unanswered(span: SpanRecord, errorType: string): SpanRecord {
  const { 'http.response.status_code': _status, 'telltale.request_id': _id, ...attributes } = span.attributes;
  return { ...span, attributes: { ...attributes, 'error.type': errorType } };
}

export function k6Call(callId: string, outcome: K6Call['outcome']): K6Call {
  return {
    callId,
    kind: 'chat',
    streamed: false,
    model: 'gpt-5-mini',
    phase: 'calm',
    startedMs: 10,
    durationMs: 100,
    firstByteMs: 99,
    httpStatus: outcome === 'ok' ? 200 : 503,
    outcome,
  };
}

const gatewayOf = (callId: string): string => `${callId.slice(0, 15)}a`;
const callSpanOf = (callId: string): string => `${callId.slice(0, 15)}b`;

export function spansOf(callId: string, statuses: readonly number[]): SpanRecord[] {
  const good = statuses.at(-1) === 200;
  const base = { traceId: callId, startMs: 1_000, endMs: 1_100, error: false };
  const own = { ...base, scope: 'telltale', parentSpanId: callSpanOf(callId) };
  const backoffs = statuses.length - 1;
  return [
    {
      ...base,
      spanId: gatewayOf(callId),
      parentSpanId: parentSpanIdOf(callId),
      name: 'POST /chat',
      kind: 'server',
      scope: 'gateway',
      attributes: {},
    },
    {
      ...own,
      spanId: callSpanOf(callId),
      parentSpanId: gatewayOf(callId),
      name: 'chat gpt-5-mini',
      kind: 'client',
      attributes: {
        'gen_ai.operation.name': 'chat',
        ...ofModel,
        'telltale.outcome': good ? 'ok' : 'error',
        'telltale.attempts': statuses.length,
        ...(backoffs > 0 && { 'telltale.backoff.ms': backoffs * 10 }),
        'telltale.usage.source': good ? 'provider' : 'unknown',
        ...(good
          ? {
              'gen_ai.usage.input_tokens': usage.inputTokens,
              'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
              'gen_ai.usage.output_tokens': usage.outputTokens,
              'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
              'telltale.cost.usd': costUsd,
            }
          : { 'error.type': 'overloaded' }),
      },
    },
    ...statuses.map(
      (status, index): SpanRecord => ({
        ...own,
        spanId: `${callId.slice(0, 14)}c${index}`,
        startMs: 1_000 + index * 20,
        endMs: 1_010 + index * 20,
        name: 'POST /chat/completions',
        kind: 'client',
        attributes: {
          'http.request.method': 'POST',
          'http.response.status_code': status,
          'telltale.request_id': `req_${callId}_${index}`,
          ...(status === 200 ? {} : { 'error.type': String(status) }),
        },
      }),
    ),
    ...statuses.slice(1).map(
      (_, index): SpanRecord => ({
        ...own,
        spanId: `${callId.slice(0, 14)}d${index}`,
        startMs: 1_010 + index * 20,
        endMs: 1_020 + index * 20,
        name: 'backoff',
        kind: 'internal',
        attributes: { 'telltale.wait.rule': 'policy' },
      }),
    ),
  ];
}

export function ledgerEntry(callId: string, attempt: number, status: number | null): LedgerEntry {
  const good = status === 200;
  return {
    seq: 0,
    callId,
    attempt,
    requestId: `req_${callId}_${attempt}`,
    method: 'POST',
    path: '/v1/chat/completions',
    endpoint: 'chat',
    model: 'gpt-5-mini',
    streamed: false,
    phase: 'calm',
    phaseIndex: 0,
    arrivedAtMs: 1,
    fault: null,
    status,
    usage: good ? { ...usage } : null,
    usageSent: good,
    finishReason: good ? 'stop' : null,
    chunksSent: 0,
    end: status === null ? 'reset' : 'complete',
  };
}

export function booksOf(open: OpenBooks): Books {
  const { calls, iterations, cutShort, spans, metrics, openCalls, left, providerLeft, ledger } = open;
  return {
    k6: { calls, summary: { iterations, dropped: 0, thresholds: [] }, cutShort },
    telemetry: { spans, metrics, openCalls },
    mock: ledger,
    left: {
      gateway: openCalls === undefined ? undefined : { openCalls, ...left },
      provider: ledger && providerLeft,
    },
  };
}

/** Reconciles books that `spoil` has changed. */
export function reconciled(spoil: (books: OpenBooks) => void = () => {}) {
  const open = exampleBooks();
  spoil(open);
  return reconcile(joinBooks(booksOf(open)));
}

/** The ids of the invariants that the spoilt books break. */
export function broken(spoil: (books: OpenBooks) => void): string[] {
  return reconciled(spoil)
    .invariants.filter(({ difference }) => difference !== 0)
    .map(({ id }) => id);
}

export function find(id: string, spoil: (books: OpenBooks) => void): Invariant {
  const invariant = reconciled(spoil).invariants.find((one) => one.id === id);
  if (!invariant) throw new Error(`${id} was not judged`);
  return invariant;
}

/** The call's own span, to be replaced by a copy with other attributes. */
export function changeCallSpan(books: OpenBooks, callId: string, attributes: SpanRecord['attributes']): void {
  books.spans = books.spans.map((span) =>
    span.traceId === callId && span.attributes['telltale.outcome'] !== undefined
      ? { ...span, attributes: { ...span.attributes, ...attributes } }
      : span,
  );
}

export function isCallSpan(span: SpanRecord): boolean {
  return span.attributes['telltale.outcome'] !== undefined;
}

export function isAttempt(span: SpanRecord): boolean {
  return span.attributes['http.request.method'] !== undefined;
}

export function addTo(books: OpenBooks, name: string, change: Partial<{ sum: number; count: number }>): void {
  let done = false;
  books.metrics = books.metrics.map((total) => {
    if (total.name !== name || done) return total;
    done = true;
    return {
      ...total,
      sum: total.sum + (change.sum ?? 0),
      ...(total.count === undefined ? {} : { count: total.count + (change.count ?? 0) }),
    };
  });
}

export function changeEntry(books: OpenBooks, callId: string, change: Partial<LedgerEntry>): void {
  const last = books.ledger?.findLast((entry) => entry.callId === callId);
  books.ledger = books.ledger?.map((entry) => (entry === last ? { ...entry, ...change } : entry));
}
