import { picoOf, usdOf } from '../shared/exact.ts';
import type { TraceSummary } from './trace-summary.ts';

export const sortings = ['newest', 'oldest', 'slowest', 'dearest', 'attempts', 'tokens'] as const;
export type Sorting = (typeof sortings)[number];

/** What is to be shown. */
export interface Selection {
  readonly outcome: string | undefined;
  readonly model: string | undefined;
  readonly minCostUsd: number | undefined;
  readonly maxCostUsd: number | undefined;
  readonly minMs: number | undefined;
  readonly maxMs: number | undefined;
  readonly text: string | undefined;
  readonly sort: Sorting;
  /** From 1. */
  readonly page: number;
}

export const pageSize = 100;

/** What an address or a form says. A figure that is none counts as not given. */
export function readSelection(query: URLSearchParams): Selection {
  const text = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  const figure = (name: string): number | undefined => {
    const value = Number(text(name) ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const seconds = (name: string): number | undefined => {
    const value = figure(name);
    return value === undefined ? undefined : value * 1_000;
  };
  return {
    outcome: text('outcome'),
    model: text('model'),
    minCostUsd: figure('minCost'),
    maxCostUsd: figure('maxCost'),
    minMs: seconds('minSeconds'),
    maxMs: seconds('maxSeconds'),
    text: text('q')?.toLowerCase(),
    sort: sortings.find((one) => one === text('sort')) ?? 'newest',
    page: Math.max(1, Math.floor(figure('page') ?? 1)),
  };
}

/** Those that fit, in order. A trace whose cost is not known is in no range of costs. */
export function selected(all: readonly TraceSummary[], selection: Selection): readonly TraceSummary[] {
  const { outcome, model, minCostUsd, maxCostUsd, minMs, maxMs, text } = selection;
  return all
    .filter(
      (one) =>
        (outcome === undefined ||
          (outcome === 'not ok' ? !['ok', 'none'].includes(one.outcome) : one.outcome === outcome)) &&
        (model === undefined || one.models.includes(model)) &&
        isBetween(one.costUsd, minCostUsd, maxCostUsd) &&
        isBetween(one.durationMs, minMs, maxMs) &&
        (text === undefined || one.searchText.includes(text)),
    )
    .toSorted((a, b) => orders[selection.sort](a, b) || b.startMs - a.startMs);
}

const orders: Readonly<Record<Sorting, (a: TraceSummary, b: TraceSummary) => number>> = {
  newest: (a, b) => b.startMs - a.startMs,
  oldest: (a, b) => a.startMs - b.startMs,
  slowest: (a, b) => b.durationMs - a.durationMs,
  dearest: (a, b) => (b.costUsd ?? -1) - (a.costUsd ?? -1),
  attempts: (a, b) => b.attempts - a.attempts,
  tokens: (a, b) => tokensOf(b) - tokensOf(a),
};

function tokensOf({ inputTokens, outputTokens }: TraceSummary): number {
  return inputTokens + outputTokens;
}

function isBetween(value: number | undefined, least: number | undefined, most: number | undefined): boolean {
  if (least === undefined && most === undefined) return true;
  return value !== undefined && value >= (least ?? 0) && value <= (most ?? Number.POSITIVE_INFINITY);
}

/** Of what is shown, on all pages. */
export interface Totals {
  readonly traces: number;
  readonly notOk: number;
  readonly calls: number;
  readonly attempts: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  /** Traces with a call whose cost is not known. */
  readonly unpriced: number;
  readonly durationMs: number;
}

export function totalsOf(traces: readonly TraceSummary[]): Totals {
  const sum = (of: (trace: TraceSummary) => number): number =>
    traces.reduce((total, trace) => total + of(trace), 0);
  return {
    traces: traces.length,
    notOk: traces.filter(({ outcome }) => !['ok', 'none'].includes(outcome)).length,
    calls: sum(({ calls }) => calls),
    attempts: sum(({ attempts }) => attempts),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    costUsd: usdOf(traces.reduce((total, { costUsd = 0 }) => total + picoOf(costUsd), 0n)),
    unpriced: traces.filter(
      ({ calls, costUsd, unpricedCalls }) => unpricedCalls > 0 || (calls > 0 && costUsd === undefined),
    ).length,
    durationMs: sum(({ durationMs }) => durationMs),
  };
}
