import { numberOf, roleOf, textOf } from '../../../loadtest/books/telemetry.ts';
import { attr } from '../../../loadtest/otlp/names.ts';
import { picoOf, usdOf } from '../shared/exact.ts';
import type { ViewSpan } from './view-span.ts';

/** What the list says of a trace. */
export interface TraceSummary {
  readonly traceId: string;
  /** Since 1970. */
  readonly startMs: number;
  readonly durationMs: number;
  /** What began it. */
  readonly operation: string;
  readonly service: string;
  /** That were asked for, each once. */
  readonly models: readonly string[];
  /**
   * The worst of its calls', `unfinished` for one that has not ended or was lost with its process; of a trace without calls
   * `error` or `none`.
   */
  readonly outcome: string;
  readonly calls: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Undefined where no call has a price. */
  readonly costUsd: number | undefined;
  /** Calls of a model whose cost is not known, so that the trace cost more than is said. */
  readonly unpricedCalls: number;
  readonly errorType: string | undefined;
  readonly spans: number;
  /** Spans that are neither shown nor counted, because there are so many. */
  readonly spansLeftOut: number;
  /** Spans whose parent is not here, but for those that continue a trace from elsewhere. */
  readonly orphans: number;
  /** What a search looks through: ids of the trace, of conversations, requests and responses, and names. */
  readonly searchText: string;
}

/** The worst first. What is not listed is worse than `ok`. */
const byGravity = [
  'error',
  'refused',
  'truncated',
  'cancelled',
  'unfinished',
  'empty',
  'abandoned',
  'ok',
  'none',
];

const conversationId = 'gen_ai.conversation.id';

/** @param spans of one trace, at least one */
export function summaryOf(traceId: string, spans: readonly ViewSpan[], spansLeftOut = 0): TraceSummary {
  const startMs = spans.reduce((least, span) => Math.min(least, span.startMs), Number.POSITIVE_INFINITY);
  const endMs = spans.reduce((most, span) => Math.max(most, span.endMs), 0);
  const root = rootOf(spans);
  const calls = spans.filter((span) => roleOf(span) === 'call');
  const attempts = spans.filter((span) => roleOf(span) === 'attempt').length;
  const costs = calls.flatMap((span) => numberOf(span, attr.costUsd) ?? []);
  const sum = (name: string): number => calls.reduce((total, span) => total + (numberOf(span, name) ?? 0), 0);
  const worst = calls.toSorted((a, b) => gravityOf(outcomeOf(a)) - gravityOf(outcomeOf(b)))[0];
  const failed = spans.find((span) => span.error);
  const orphans = orphansOf(spans);
  const outcomes = [
    ...(worst ? [outcomeOf(worst)] : []),
    // Where spans are left out, their call may be among them.
    ...(spansLeftOut === 0 && orphans.some(isOfCall) ? ['unfinished'] : []),
  ].toSorted((a, b) => gravityOf(a) - gravityOf(b));
  const outcome = outcomes[0] ?? (failed ? 'error' : 'none');
  const errorType = [worst, failed, root].flatMap((span) => (span && textOf(span, attr.errorType)) ?? [])[0];
  return {
    traceId,
    startMs,
    durationMs: endMs - startMs,
    operation: root?.name ?? '',
    service: root?.service ?? '',
    models: [...new Set(calls.flatMap((span) => textOf(span, attr.requestModel) ?? []))],
    outcome,
    calls: calls.length,
    attempts,
    inputTokens: sum(attr.inputTokens),
    outputTokens: sum(attr.outputTokens),
    costUsd: costs.length === 0 ? undefined : usdOf(costs.reduce((total, usd) => total + picoOf(usd), 0n)),
    unpricedCalls: calls.filter(
      (span) => textOf(span, attr.requestModel) !== undefined && numberOf(span, attr.costUsd) === undefined,
    ).length,
    errorType: outcome === 'ok' || outcome === 'none' ? undefined : errorType,
    spans: spans.length,
    spansLeftOut,
    orphans: orphans.length,
    searchText: searchTextOf(traceId, spans),
  };
}

/** An attempt ends before its call, which is missing then. */
function isOfCall(span: ViewSpan): boolean {
  return ['attempt', 'backoff'].includes(roleOf(span));
}

/** Those with a parent that is not here. A server's may be elsewhere. */
function orphansOf(spans: readonly ViewSpan[]): readonly ViewSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.filter(
    ({ parentSpanId, kind }) => parentSpanId !== undefined && kind !== 'server' && !ids.has(parentSpanId),
  );
}

/** The earliest whose parent is not here. */
function rootOf(spans: readonly ViewSpan[]): ViewSpan | undefined {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
  return roots.toSorted((a, b) => a.startMs - b.startMs)[0] ?? spans[0];
}

function outcomeOf(span: ViewSpan): string {
  return textOf(span, attr.outcome) ?? 'none';
}

function gravityOf(outcome: string): number {
  const at = byGravity.indexOf(outcome);
  return at === -1 ? byGravity.indexOf('ok') - 0.5 : at;
}

function searchTextOf(traceId: string, spans: readonly ViewSpan[]): string {
  const texts = new Set<string>([traceId]);
  for (const span of spans) {
    texts.add(span.name);
    texts.add(span.service);
    for (const name of [conversationId, attr.requestId, attr.responseId, attr.errorType, attr.requestModel]) {
      const text = textOf(span, name);
      if (text !== undefined) texts.add(text);
    }
  }
  return [...texts].join('\n').slice(0, 20_000).toLowerCase();
}
