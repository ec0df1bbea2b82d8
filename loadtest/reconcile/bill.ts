import type { LedgerEntry } from '../../src/mock/ledger.ts';
import { metricSum, numberOf } from '../books/telemetry.ts';
import type { MetricTotal } from '../otlp/metrics.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import { type BilledTokens, nanoUsd, priceOf } from './prices.ts';

/** Tokens and what they cost, as one of the books has them. */
export interface Bill {
  readonly tokens: BilledTokens;
  /** In nano-dollars; undefined for a model without a price. */
  readonly nano: number | undefined;
}

export const nothing: Bill = { tokens: { input: 0, cached: 0, output: 0, reasoning: 0 }, nano: 0 };

/** What the ledger has for something, and whether anybody was told. */
export interface LedgerBill {
  readonly bill: Bill;
  readonly wasTold: boolean;
}

/** Of the last of these requests that cost something, at the load test's own prices; undefined when none did. */
export function billOfLedger(ledger: readonly LedgerEntry[]): LedgerBill | undefined {
  const entry = ledger.findLast(({ usage }) => usage !== null);
  if (!entry?.usage) return undefined;
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = entry.usage;
  const tokens = {
    input: inputTokens,
    cached: cachedTokens,
    output: outputTokens,
    reasoning: reasoningTokens,
  };
  return { bill: { tokens, nano: priceOf(entry.model ?? '', tokens) }, wasTold: entry.usageSent };
}

export function billOfSpan(span: SpanRecord): Bill {
  const of = (name: string): number => numberOf(span, name) ?? 0;
  return {
    tokens: {
      input: of(attr.inputTokens),
      cached: of(attr.cachedTokens),
      output: of(attr.outputTokens),
      reasoning: of(attr.reasoningTokens),
    },
    nano: nanoUsd(of(attr.costUsd)),
  };
}

/** By the counters. */
export function billOfMetrics(metrics: readonly MetricTotal[]): Bill {
  const of = (type: string): number => metricSum(metrics, metric.tokens, { [attr.tokenType]: type });
  return {
    tokens: { input: of('input'), cached: of('cached'), output: of('output'), reasoning: of('reasoning') },
    nano: nanoUsd(metricSum(metrics, metric.cost)),
  };
}

export function sum(a: Bill, b: Bill): Bill {
  return {
    tokens: {
      input: a.tokens.input + b.tokens.input,
      cached: a.tokens.cached + b.tokens.cached,
      output: a.tokens.output + b.tokens.output,
      reasoning: a.tokens.reasoning + b.tokens.reasoning,
    },
    nano: a.nano === undefined || b.nano === undefined ? undefined : a.nano + b.nano,
  };
}

/** The first figures that differ, in words; undefined when all agree. */
export function differenceOf(a: Bill, b: Bill): string | undefined {
  for (const type of ['input', 'cached', 'output', 'reasoning'] as const) {
    if (a.tokens[type] !== b.tokens[type])
      return `${a.tokens[type]} ${type} tokens against ${b.tokens[type]}`;
  }
  return a.nano === b.nano ? undefined : `${a.nano ?? 'unknown'} nano-dollars against ${b.nano ?? 'unknown'}`;
}

export function sayBill({ tokens, nano }: Bill): string {
  const { input, cached, output, reasoning } = tokens;
  const [all, hit, made, thought] = [input, cached, output, reasoning].map((count) =>
    count.toLocaleString('en-US'),
  );
  const cost = nano === undefined ? 'unknown cost' : `$${(nano / 1e9).toFixed(9)}`;
  return `${all} in (${hit} cached), ${made} out (${thought} reasoning), ${cost}`;
}

/** Whether they differ in what was counted, or only in what it costs. */
export function kindOfDifference(a: Bill, b: Bill): 'wrong tokens' | 'wrong cost' {
  const types = ['input', 'cached', 'output', 'reasoning'] as const;
  return types.some((type) => a.tokens[type] !== b.tokens[type]) ? 'wrong tokens' : 'wrong cost';
}
