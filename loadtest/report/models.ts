import type { CallEntries } from '../books/join.ts';
import { numberOf, textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { RunReport } from './model.ts';

type ModelRow = RunReport['models'][number];

/** Tokens and cost by the model that was asked for, the dearest first. */
export function modelRows(byCall: ReadonlyMap<string, CallEntries>): ModelRow[] {
  const rows = new Map<string, ModelRow>();
  for (const { calls } of byCall.values()) {
    for (const span of calls) {
      const model = textOf(span, attr.requestModel) ?? 'none';
      const before = rows.get(model);
      const plus = (figure: Exclude<keyof ModelRow, 'model'>, name: string): number =>
        (before?.[figure] ?? 0) + (numberOf(span, name) ?? 0);
      rows.set(model, {
        model,
        calls: (before?.calls ?? 0) + 1,
        inputTokens: plus('inputTokens', attr.inputTokens),
        cachedTokens: plus('cachedTokens', attr.cachedTokens),
        outputTokens: plus('outputTokens', attr.outputTokens),
        reasoningTokens: plus('reasoningTokens', attr.reasoningTokens),
        costUsd: plus('costUsd', attr.costUsd),
      });
    }
  }
  return [...rows.values()].sort((a, b) => b.costUsd - a.costUsd);
}
