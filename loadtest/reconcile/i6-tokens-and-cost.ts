import type { JoinedBooks } from '../books/join.ts';
import { numberOf, selected, textOf } from '../books/telemetry.ts';
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
  kindOfDifference,
  nothing,
  sayBill,
  sum,
} from './bill.ts';
import { Findings, figure } from './finding.ts';
import { jobBillsOf } from './job-bills.ts';
import { nanoUsd } from './prices.ts';

/** What both sides have for the calls of one `telltale.usage.source`. */
interface Sums {
  calls: number;
  spans: Bill;
  ledger: Bill;
}

/**
 * I6: tokens and nano-dollars agree between ledger, spans and metrics, exactly, where the provider told the usage.
 * Only calls whose span arrived are summed: a missing span is I7's finding, and its tokens are in no telemetry. A call
 * with two spans is I2's finding, and both are in the metrics. What a Response used that worked in the background is on one
 * of the calls that were about it, whichever was told first, and on no other.
 */
export function tokensAndCostAgree(joined: JoinedBooks): Invariant {
  const { books, byCall } = joined;
  const findings = new Findings();
  const told: Sums = { calls: 0, spans: nothing, ledger: nothing };
  const guessed: Sums = { calls: 0, spans: nothing, ledger: nothing };
  const sumsOf: Readonly<Record<string, Sums>> = { provider: told, estimated: guessed };
  const jobs = jobBillsOf(joined);
  const bookedJobs = new Map(jobs.map((job) => [job.bookedBy, job]));
  let unknown = 0;
  let crossed = 0;
  for (const { callId, calls, attempts, ledger } of byCall.values()) {
    const [span] = calls;
    if (!span) continue;
    const source = textOf(span, attr.usageSource) ?? 'none';
    const billed = bookedJobs.get(span) ?? billOfLedger(ledger.filter(({ job }) => !job));
    if (isCrossed(span, source, billed?.wasTold) || isUnread(span, attempts, billed !== undefined)) crossed++;
    else if (source !== sourceByLedger(billed)) {
      const example = `${callId}: usage is \`${source}\`, the ledger makes it \`${sourceByLedger(billed)}\``;
      findings.add(example, 1, 'tokens of another source');
    }
    const sums = sumsOf[source];
    if (!sums) {
      unknown++;
      continue;
    }
    sums.calls++;
    sums.spans = sum(sums.spans, billOfSpan(span));
    sums.ledger = sum(sums.ledger, billed?.bill ?? nothing);
    if (source === 'provider') compare(callId, billOfSpan(span), billed?.bill ?? nothing, findings);
  }
  for (const { id, wasTold, bookedBy, bill } of jobs) {
    if (!wasTold || bookedBy) continue;
    findings.add(`${id}: its caller was told of ${sayBill(bill)}, and no call has it`, 1, 'wrong tokens');
  }
  const untold = jobs.filter(({ wasTold }) => !wasTold).length;
  const { metrics } = books.telemetry;
  const spans = [...byCall.values()].flatMap(({ calls }) => calls);
  compareMetrics(metrics, spans, findings);
  compareWaste(metrics, spans, findings);
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
      ...(jobs.length > 0
        ? [
            `${jobs.length} background responses: of ${jobs.length - untold} a caller was told what they used, and ${jobs.filter(({ bookedBy }) => bookedBy).length} are on a call`,
          ]
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

function compare(whose: string, one: Bill, other: Bill, findings: Findings): void {
  const difference = differenceOf(one, other);
  if (difference !== undefined) findings.add(`${whose}: ${difference}`, 1, kindOfDifference(one, other));
}

/** Model by model: what is counted for another one is wrong, though the sums agree. */
function compareMetrics(
  metrics: readonly MetricTotal[],
  spans: readonly SpanRecord[],
  findings: Findings,
): void {
  const modelOf = ({ attributes }: Pick<SpanRecord, 'attributes'>): string =>
    String(attributes[attr.requestModel] ?? 'no model');
  for (const model of new Set([...spans.map(modelOf), ...billing(metrics).map(modelOf)])) {
    const own = metrics.filter((total) => modelOf(total) === model);
    const bill = spans
      .filter((span) => modelOf(span) === model)
      .reduce((bills, span) => sum(bills, billOfSpan(span)), nothing);
    compare(`the counters of ${model} against the spans`, billOfMetrics(own), bill, findings);
    // The histogram of the conventions has only input and output.
    for (const type of ['input', 'output'] as const) {
      const recorded = selected(own, metric.tokenUsage, { [attr.tokenType]: type });
      const tokens = recorded.reduce((total, one) => total + one.sum, 0);
      if (tokens === bill.tokens[type]) continue;
      const example = `${metric.tokenUsage} of ${model} sums to ${tokens} ${type} tokens, the spans to ${bill.tokens[type]}`;
      findings.add(example, 1, 'wrong tokens');
    }
  }
}

function billing(metrics: readonly MetricTotal[]): MetricTotal[] {
  const names: readonly string[] = [metric.tokens, metric.tokenUsage, metric.cost];
  return metrics.filter(({ name }) => names.includes(name));
}

/** Outcomes in which what was paid for is of no use. */
const wasted: readonly (string | undefined)[] = ['error', 'cancelled', 'truncated', 'empty'];

/** What the counter calls wasted is what was spent on calls of no use. */
function compareWaste(
  metrics: readonly MetricTotal[],
  spans: readonly SpanRecord[],
  findings: Findings,
): void {
  const counted = nanoUsd(
    selected(metrics, metric.cost)
      .filter(({ attributes }) => attributes[attr.wasted] === true)
      .reduce((total, one) => total + one.sum, 0),
  );
  const spent = spans
    .filter((span) => wasted.includes(textOf(span, attr.outcome)))
    .reduce((total, span) => total + (billOfSpan(span).nano ?? 0), 0);
  const example = `the counter calls ${counted} nano-dollars wasted, by the spans it was ${spent}`;
  findings.add(example, counted === spent ? 0 : 1, 'wrong waste');
}

function sayEstimates({ calls, spans, ledger }: Sums): string {
  const estimated = spans.tokens.input + spans.tokens.output;
  const real = ledger.tokens.input + ledger.tokens.output;
  const error = real === 0 ? 0 : ((estimated - real) / real) * 100;
  return `${calls} calls with estimated tokens: ${estimated} against ${real} in the ledger (${error.toFixed(1)} %)`;
}
