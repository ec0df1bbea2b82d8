import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { numberOf, roleOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import { priceOf } from '../reconcile/prices.ts';
import type { MadeCall } from './made-calls.ts';
import { total } from './percentile.ts';
import type { Source } from './side-model.ts';

/** The book that knows most of what the calls did: the telemetry, where a wrapper told of any. */
export function sourceOf({ books, byCall }: JoinedBooks): Source {
  if (books.telemetry.spans.some((span) => roleOf(span) === 'call')) return 'telemetry';
  if (!books.mock) return 'none';
  const isJoined = [...byCall.values()].some(({ k6, ledger }) => k6.length > 0 && ledger.length > 0);
  return isJoined || books.mock.length === 0 ? 'ledger' : 'ledger in all';
}

/** What calls came to at the provider. NaN is what no book knows. */
export interface AskedFor {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** What the calls waited before a retry and for a limit, by the spans of the waits. */
  readonly backoffMs: number;
  readonly throttleMs: number;
}

export function askedFor(calls: readonly MadeCall[], source: Source): AskedFor {
  const all = calls.map(({ entries }) => entries);
  if (source === 'telemetry') return bySpans(all);
  if (source === 'ledger') return byLedger(all.flatMap(({ ledger }) => ledger));
  return unknown;
}

const unknown: AskedFor = {
  requests: Number.NaN,
  inputTokens: Number.NaN,
  outputTokens: Number.NaN,
  costUsd: Number.NaN,
  backoffMs: Number.NaN,
  throttleMs: Number.NaN,
};

function bySpans(all: readonly CallEntries[]): AskedFor {
  const sum = (name: string): number =>
    total(all.flatMap(({ calls }) => calls.map((span) => numberOf(span, name) ?? 0)));
  const waited = (of: (entries: CallEntries) => readonly SpanRecord[]): number =>
    total(all.map((entries) => total(of(entries).map(lengthMs))));
  return {
    requests: total(all.map(({ attempts }) => attempts.length)),
    inputTokens: sum(attr.inputTokens),
    outputTokens: sum(attr.outputTokens),
    costUsd: sum(attr.costUsd),
    backoffMs: waited(({ backoffs }) => backoffs),
    throttleMs: waited(({ throttles }) => throttles),
  };
}

/** Of requests at the provider, which does not know what was waited for. */
export function byLedger(entries: readonly LedgerEntry[]): AskedFor {
  const sum = (name: 'inputTokens' | 'outputTokens'): number =>
    total(entries.map(({ usage }) => usage?.[name] ?? 0));
  return {
    ...unknown,
    requests: entries.length,
    inputTokens: sum('inputTokens'),
    outputTokens: sum('outputTokens'),
    costUsd: total(entries.map(nanoUsdOf)) / 1e9,
  };
}

/** At the load test's own prices; NaN of a model that they do not have. */
export function nanoUsdOf({ model, usage }: LedgerEntry): number {
  if (!usage) return 0;
  const {
    inputTokens: input,
    cachedTokens: cached,
    outputTokens: output,
    reasoningTokens: reasoning,
  } = usage;
  return priceOf(model ?? '', { input, cached, output, reasoning }) ?? Number.NaN;
}

function lengthMs({ startMs, endMs }: SpanRecord): number {
  return Math.max(0, endMs - startMs);
}
