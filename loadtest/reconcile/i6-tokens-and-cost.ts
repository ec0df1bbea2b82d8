import type { JoinedBooks } from '../books/join.ts';
import { metricSum, numberOf, textOf } from '../books/telemetry.ts';
import type { MetricTotal } from '../otlp/metrics.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import {
  type Bill,
  billOfLedger,
  billOfMetrics,
  billOfSpan,
  differenceOf,
  nothing,
  sayBill,
  sum,
} from './bill.ts';
import { Findings, figure } from './finding.ts';

/** What both sides have for the calls of one `telltale.usage.source`. */
interface Sums {
  calls: number;
  spans: Bill;
  ledger: Bill;
}

/**
 * I6: tokens and nano-dollars agree between ledger, spans and metrics, exactly, where the provider told the usage.
 * Only calls whose span arrived are summed: a missing span is I7's finding, and its tokens are in no telemetry.
 */
export function tokensAndCostAgree({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  const told: Sums = { calls: 0, spans: nothing, ledger: nothing };
  const guessed: Sums = { calls: 0, spans: nothing, ledger: nothing };
  const sumsOf: Readonly<Record<string, Sums>> = { provider: told, estimated: guessed };
  let unknown = 0;
  let crossed = 0;
  for (const { callId, calls, attempts, ledger } of byCall.values()) {
    const [span] = calls;
    if (!span) continue;
    const source = textOf(span, attr.usageSource) ?? 'none';
    const billed = billOfLedger(ledger);
    if (isCrossed(span, source, billed?.wasTold) || isUnread(span, attempts, billed !== undefined)) crossed++;
    else if (source !== sourceByLedger(billed)) {
      findings.add(`${callId}: usage is \`${source}\`, the ledger makes it \`${sourceByLedger(billed)}\``);
    }
    const sums = sumsOf[source];
    if (!sums) {
      unknown++;
      continue;
    }
    sums.calls++;
    sums.spans = sum(sums.spans, billOfSpan(span));
    sums.ledger = sum(sums.ledger, billed?.bill ?? nothing);
    const difference = differenceOf(billOfSpan(span), billed?.bill ?? nothing);
    if (source === 'provider' && difference !== undefined) findings.add(`${callId}: ${difference}`);
  }
  const { metrics } = books.telemetry;
  compareMetrics(metrics, sum(told.spans, guessed.spans), findings);
  return findings.invariant({
    id: 'I6',
    title: 'Tokens and cost: ledger = spans = metrics, to the nano-dollar',
    counts: [
      figure('ledger, priced by the load test', sayBill(told.ledger)),
      figure('spans', sayBill(told.spans)),
      figure(guessed.calls > 0 ? 'metrics, estimates included' : 'metrics', sayBill(billOfMetrics(metrics))),
    ],
    notes: [
      ...(guessed.calls > 0 ? [sayEstimates(guessed)] : []),
      ...(crossed > 0
        ? [`${crossed} × an abort crossed the answer: what it cost was sent and not read`]
        : []),
      ...(unknown > 0 ? [`${unknown} calls with unknown usage: nothing was billed`] : []),
    ],
  });
}

/** The provider had told the usage when the caller hung up. */
function isCrossed(span: SpanRecord, source: string, wasTold: boolean | undefined): boolean {
  return wasTold === true && source !== 'provider' && textOf(span, attr.outcome) === 'cancelled';
}

/** The provider had begun its answer, and the caller hung up before the first of it came. */
export function isUnread(call: SpanRecord, attempts: readonly SpanRecord[], isBilled: boolean): boolean {
  const isCancelled = textOf(call, attr.outcome) === 'cancelled';
  return isBilled && isCancelled && attempts.every((attempt) => numberOf(attempt, attr.status) === undefined);
}

function sourceByLedger(billed: ReturnType<typeof billOfLedger>): string {
  if (!billed) return 'unknown';
  return billed.wasTold ? 'provider' : 'estimated';
}

/** The histogram of the conventions has only input and output. */
function compareMetrics(metrics: readonly MetricTotal[], spans: Bill, findings: Findings): void {
  const counted = differenceOf(billOfMetrics(metrics), spans);
  if (counted !== undefined) findings.add(`the counters against the spans: ${counted}`);
  for (const type of ['input', 'output'] as const) {
    const recorded = metricSum(metrics, metric.tokenUsage, { [attr.tokenType]: type });
    if (recorded === spans.tokens[type]) continue;
    findings.add(
      `${metric.tokenUsage} sums to ${recorded} ${type} tokens, the spans to ${spans.tokens[type]}`,
    );
  }
}

function sayEstimates({ calls, spans, ledger }: Sums): string {
  const estimated = spans.tokens.input + spans.tokens.output;
  const real = ledger.tokens.input + ledger.tokens.output;
  const error = real === 0 ? 0 : ((estimated - real) / real) * 100;
  return `${calls} calls with estimated tokens: ${estimated} against ${real} in the ledger (${error.toFixed(1)} %)`;
}
