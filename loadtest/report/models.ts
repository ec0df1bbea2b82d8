import type { JoinedBooks } from '../books/join.ts';
import { numberOf, textOf } from '../books/telemetry.ts';
import { attr } from '../otlp/names.ts';
import type { RunReport } from './model.ts';
import { nanoUsdOf, sourceOf } from './source.ts';

type ModelRow = RunReport['models'][number];

/**
 * Tokens and cost by the model that was asked for, the dearest first: of the calls that the telemetry tells of, else of the
 * requests in the ledger.
 */
export function modelRows(joined: JoinedBooks): ModelRow[] {
  const rows = new Map<string, ModelRow>();
  for (const { model, ...more } of figuresOf(joined)) {
    const before = rows.get(model);
    const plus = (figure: keyof typeof more): number => (before?.[figure] ?? 0) + more[figure];
    rows.set(model, {
      model,
      calls: plus('calls'),
      inputTokens: plus('inputTokens'),
      cachedTokens: plus('cachedTokens'),
      outputTokens: plus('outputTokens'),
      reasoningTokens: plus('reasoningTokens'),
      costUsd: plus('costUsd'),
    });
  }
  return [...rows.values()].sort((a, b) => b.costUsd - a.costUsd || b.calls - a.calls);
}

/** Of each call, or each request. */
function figuresOf(joined: JoinedBooks): ModelRow[] {
  if (sourceOf(joined) !== 'telemetry') {
    return (joined.books.mock ?? [])
      .filter(({ model }) => model !== null)
      .map((entry) => ({
        model: entry.model ?? 'none',
        calls: 1,
        inputTokens: entry.usage?.inputTokens ?? 0,
        cachedTokens: entry.usage?.cachedTokens ?? 0,
        outputTokens: entry.usage?.outputTokens ?? 0,
        reasoningTokens: entry.usage?.reasoningTokens ?? 0,
        costUsd: nanoUsdOf(entry) / 1e9,
      }));
  }
  return [...joined.byCall.values()].flatMap(({ calls }) =>
    calls.map((span) => {
      const of = (name: string): number => numberOf(span, name) ?? 0;
      return {
        model: textOf(span, attr.requestModel) ?? 'none',
        calls: 1,
        inputTokens: of(attr.inputTokens),
        cachedTokens: of(attr.cachedTokens),
        outputTokens: of(attr.outputTokens),
        reasoningTokens: of(attr.reasoningTokens),
        costUsd: of(attr.costUsd),
      };
    }),
  );
}
