import type { AuditRow, ModelPrice } from '../../index.ts';
import { costOf } from '../../index.ts';
import { minusUsd, picoOf, usdOf } from '../shared/exact.ts';
import { cheaperThan, listedPrice } from '../shared/known-models.ts';

/**
 * Where another model can do the same: what is embedded by one does not fit what another embedded. What a Response in the
 * background used is booked by the call that fetched it.
 */
const comparable = ['chat', 'responses', 'completions', 'fetch_response'];
/** As many as are worth a line. */
const mostAlternatives = 3;

/** What the usage of a model would have cost otherwise. */
export interface Comparison {
  readonly model: string;
  readonly calls: number;
  /** What it did cost; undefined where no call's cost is known. */
  readonly costUsd: number | undefined;
  /** Calls whose tokens are known and whose cost is not: these are in what the alternatives cost, and not in `costUsd`. */
  readonly unpricedCalls: number;
  readonly alternatives: readonly Alternative[];
}

export interface Alternative {
  readonly model: string;
  readonly isBatch: boolean;
  /** Undefined where there is no such price, or where it cannot be told from sums. */
  readonly costUsd: number | undefined;
  /** Less than what it did cost; below 0 where it would have been dearer. Undefined where one of the two is unknown. */
  readonly savesUsd: number | undefined;
}

export interface WhatIfSettings {
  readonly whatIf: readonly string[] | undefined;
  readonly hasBatch: boolean;
}

/** @param rows by `sentModel` and `endpoint` */
export function compare(
  rows: readonly AuditRow[],
  { whatIf, hasBatch }: WhatIfSettings,
): readonly Comparison[] {
  const byModel = groupByModel(
    rows.filter(({ endpoint = '', sentModel }) => comparable.includes(endpoint) && sentModel !== '_none'),
  );
  return [...byModel]
    .map(([model, ofModel]) => {
      const used = sumOf(ofModel);
      const others = (whatIf ?? cheaperThan(model).slice(0, mostAlternatives)).filter(
        (name) => name !== model,
      );
      const wanted = [
        ...(hasBatch && listedPrice(model) ? [{ model, isBatch: true }] : []),
        ...others.flatMap((name) => [
          { model: name, isBatch: false },
          ...(hasBatch ? [{ model: name, isBatch: true }] : []),
        ]),
      ];
      return {
        model,
        calls: used.calls,
        costUsd: used.costUsd,
        unpricedCalls: used.unpricedCalls,
        alternatives: wanted.map((one) => alternative(used, one)),
      };
    })
    .filter(({ alternatives }) => alternatives.length > 0)
    .toSorted((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0));
}

interface Used {
  readonly calls: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number | undefined;
  readonly unpricedCalls: number;
}

function sumOf(rows: readonly AuditRow[]): Used {
  const sum = (
    name:
      | 'calls'
      | 'inputTokens'
      | 'cachedInputTokens'
      | 'outputTokens'
      | 'unknownCostCalls'
      | 'unknownTokenCalls',
  ): number => rows.reduce((all, row) => all + row[name], 0);
  const costUsd = usdOf(rows.reduce((all, row) => all + picoOf(row.costUsd), 0n));
  const calls = sum('calls');
  // Where the tokens are unknown too, they are in neither sum.
  const unpricedCalls = sum('unknownCostCalls') - sum('unknownTokenCalls');
  return {
    calls,
    inputTokens: sum('inputTokens'),
    cachedInputTokens: sum('cachedInputTokens'),
    outputTokens: sum('outputTokens'),
    costUsd: sum('unknownCostCalls') > 0 && costUsd === 0 ? undefined : costUsd,
    unpricedCalls,
  };
}

function alternative(used: Used, { model, isBatch }: { model: string; isBatch: boolean }): Alternative {
  const costUsd = costOfSum(used, model, isBatch);
  const isKnown = costUsd !== undefined && used.costUsd !== undefined && used.unpricedCalls === 0;
  return { model, isBatch, costUsd, savesUsd: isKnown ? minusUsd(used.costUsd ?? 0, costUsd) : undefined };
}

/**
 * Equal tokens at the prices of another model, with the same hits of the cache. The sum of many prompts does not tell whether
 * one was long: they count as short, unless their mean is long, which nobody can then price.
 */
function costOfSum(used: Used, model: string, batch: boolean): number | undefined {
  const price = listedPrice(model);
  if (price === undefined || price.audioMinuteUsd !== undefined) return undefined;
  const { overTokens = Number.POSITIVE_INFINITY } = price.longPrompt ?? {};
  if (used.inputTokens / used.calls > overTokens) return undefined;
  const { inputTokens, cachedInputTokens, outputTokens } = used;
  return costOf({
    model,
    usage: { inputTokens, cachedInputTokens: Math.min(cachedInputTokens, inputTokens), outputTokens },
    batch,
    prices: { [model]: shortPrice(price) },
  });
}

function shortPrice({ longPrompt, ...price }: Exclude<ModelPrice, { audioMinuteUsd: number }>): ModelPrice {
  const tiers = Object.entries(price.tiers ?? {}).map(([tier, { longPrompt: _, ...short }]) => [tier, short]);
  // A price without tiers would hold in batches too.
  return { ...price, tiers: Object.fromEntries(tiers) };
}

/** The models of rows that have no price, each with its calls. */
export function unpricedModels(
  rows: readonly AuditRow[],
): readonly { readonly model: string; readonly calls: number }[] {
  return [...groupByModel(rows)].flatMap(([model, ofModel]) => {
    // The others' tokens are unknown, and a price would not help.
    const calls = ofModel.reduce((sum, row) => sum + row.unknownCostCalls - row.unknownTokenCalls, 0);
    return calls > 0 ? [{ model, calls }] : [];
  });
}

function groupByModel(rows: readonly AuditRow[]): ReadonlyMap<string, readonly AuditRow[]> {
  const groups = new Map<string, AuditRow[]>();
  for (const row of rows) {
    const { sentModel = '' } = row;
    const group = groups.get(sentModel) ?? [];
    groups.set(sentModel, group);
    group.push(row);
  }
  return groups;
}
