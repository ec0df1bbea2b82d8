import type { LedgerEntry } from '../../src/mock/ledger.ts';
import type { CallEntries, JoinedBooks } from '../books/join.ts';
import { metricSum, numberOf, textOf } from '../books/telemetry.ts';
import type { MetricTotal } from '../otlp/metrics.ts';
import { attr, metric } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';
import type { Invariant } from '../report/model.ts';
import { Findings, figure } from './finding.ts';
import { addTokens, type BilledTokens, nanoUsd, noTokens, priceOf } from './prices.ts';

interface Bill {
  readonly tokens: BilledTokens;
  readonly nano: number;
}

const nothing: Bill = { tokens: noTokens, nano: 0 };

/**
 * I6: tokens and nano-dollars agree between ledger, spans and metrics, exactly, where the provider told the usage.
 * Only calls whose span arrived are summed: a missing span is I7's finding, and its tokens are in no telemetry.
 */
export function tokensAndCostAgree({ books, byCall }: JoinedBooks): Invariant {
  const findings = new Findings();
  let told = nothing;
  let billed = nothing;
  const guessed = { calls: 0, spans: nothing, ledger: nothing };
  let unknown = 0;
  for (const entries of byCall.values()) {
    const [span] = entries.calls;
    if (!span) continue;
    const source = textOf(span, attr.usageSource);
    const { bill: ledger, wasTold } = billOfLedger(entries, findings);
    const spanBill = billOfSpan(span);
    if (source !== expectedSource(ledger, wasTold)) {
      findings.add(
        `${entries.callId}: usage is \`${source}\`, the ledger makes it \`${expectedSource(ledger, wasTold)}\``,
      );
    }
    if (source === 'provider') {
      told = sum(told, spanBill);
      billed = sum(billed, ledger ?? nothing);
      const difference = compare(spanBill, ledger ?? nothing);
      if (difference) findings.add(`${entries.callId}: ${difference}`);
    } else if (source === 'estimated') {
      guessed.calls++;
      guessed.spans = sum(guessed.spans, spanBill);
      guessed.ledger = sum(guessed.ledger, ledger ?? nothing);
    } else {
      unknown++;
    }
  }
  const spans = sum(told, guessed.spans);
  compareMetrics(books.telemetry.metrics, spans, findings);
  return findings.invariant({
    id: 'I6',
    title: 'Tokens and cost: ledger = spans = metrics, to the nano-dollar',
    counts: [
      figure('ledger, priced by the load test', sayBill(billed)),
      figure('spans', sayBill(told)),
      figure('metrics', sayBill(billOfMetrics(books.telemetry.metrics, metric.tokens))),
    ],
    notes: [
      ...(guessed.calls > 0 ? [sayEstimates(guessed.calls, guessed.spans, guessed.ledger)] : []),
      ...(unknown > 0
        ? [`${unknown} calls with unknown usage, as the ledger has it: nothing was billed`]
        : []),
    ],
  });
}

/** What the last answered request of the call cost, and whether the client was told so. */
function billOfLedger(
  { ledger, callId }: CallEntries,
  findings: Findings,
): { bill?: Bill; wasTold: boolean } {
  const entry: LedgerEntry | undefined = ledger.findLast(({ usage }) => usage !== null);
  if (!entry?.usage) return { wasTold: false };
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens } = entry.usage;
  const tokens = {
    input: inputTokens,
    cached: cachedTokens,
    output: outputTokens,
    reasoning: reasoningTokens,
  };
  const nano = priceOf(entry.model ?? '', tokens);
  if (nano === undefined) findings.add(`${callId}: the load test has no price for \`${entry.model}\``);
  return { bill: { tokens, nano: nano ?? 0 }, wasTold: entry.usageSent };
}

function expectedSource(bill: Bill | undefined, wasTold: boolean): string {
  if (!bill) return 'unknown';
  return wasTold ? 'provider' : 'estimated';
}

function billOfSpan(span: SpanRecord): Bill {
  return {
    tokens: {
      input: numberOf(span, attr.inputTokens) ?? 0,
      cached: numberOf(span, attr.cachedTokens) ?? 0,
      output: numberOf(span, attr.outputTokens) ?? 0,
      reasoning: numberOf(span, attr.reasoningTokens) ?? 0,
    },
    nano: nanoUsd(numberOf(span, attr.costUsd) ?? 0),
  };
}

function billOfMetrics(metrics: readonly MetricTotal[], tokens: string): Bill {
  const of = (type: string): number => metricSum(metrics, tokens, { [attr.tokenType]: type });
  return {
    tokens: { input: of('input'), cached: of('cached'), output: of('output'), reasoning: of('reasoning') },
    nano: nanoUsd(metricSum(metrics, metric.cost)),
  };
}

/** The histogram of the conventions has only input and output. */
function compareMetrics(metrics: readonly MetricTotal[], spans: Bill, findings: Findings): void {
  const counted = compare(billOfMetrics(metrics, metric.tokens), spans);
  if (counted) findings.add(`the counters against the spans: ${counted}`);
  const { input, output } = billOfMetrics(metrics, metric.tokenUsage).tokens;
  if (input !== spans.tokens.input || output !== spans.tokens.output) {
    findings.add(
      `${metric.tokenUsage} sums to ${input} input and ${output} output tokens, the spans to ${spans.tokens.input} and ${spans.tokens.output}`,
    );
  }
}

/** The first figures that differ, in words; undefined when all agree. */
function compare(a: Bill, b: Bill): string | undefined {
  for (const type of ['input', 'cached', 'output', 'reasoning'] as const) {
    if (a.tokens[type] !== b.tokens[type])
      return `${a.tokens[type]} ${type} tokens against ${b.tokens[type]}`;
  }
  return a.nano === b.nano ? undefined : `${a.nano} nano-dollars against ${b.nano}`;
}

function sum(a: Bill, b: Bill): Bill {
  return { tokens: addTokens(a.tokens, b.tokens), nano: a.nano + b.nano };
}

function sayBill({ tokens: { input, cached, output, reasoning }, nano }: Bill): string {
  const [all, hit, made, thought] = [input, cached, output, reasoning].map((count) =>
    count.toLocaleString('en-US'),
  );
  return `${all} in (${hit} cached), ${made} out (${thought} reasoning), $${(nano / 1e9).toFixed(9)}`;
}

function sayEstimates(calls: number, spans: Bill, ledger: Bill): string {
  const estimated = spans.tokens.input + spans.tokens.output;
  const real = ledger.tokens.input + ledger.tokens.output;
  const error = real === 0 ? 0 : ((estimated - real) / real) * 100;
  return `${calls} calls with estimated tokens: ${estimated} against ${real} in the ledger (${error.toFixed(1)} %)`;
}
