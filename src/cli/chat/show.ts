import type { ConversationInfo, ConversationTotals } from '../../patterns/index.ts';
import { countText, usdText } from '../shared/figures-text.ts';
import { tableLines } from '../shared/table.ts';

export function sessionLines(
  all: readonly ConversationInfo[],
  columns: number,
  current?: string,
): readonly string[] {
  if (all.length === 0) return ['There is no session yet.'];
  return tableLines(
    [
      { title: 'session' },
      { title: 'last used' },
      { title: 'turns', align: 'right' },
      { title: 'cost', align: 'right' },
      { title: 'begins with' },
    ],
    all.map(({ id, changedMs, turns, costUsd, title, problem, isPending }) => [
      id === current ? `${id} *` : id,
      new Date(changedMs).toISOString().slice(0, 16).replace('T', ' '),
      turns === undefined ? '?' : String(turns),
      turns === undefined ? '?' : usdText(costUsd),
      problem === undefined ? `${isPending ? '(interrupted) ' : ''}${title ?? ''}` : problemText(problem),
    ]),
    columns,
  );
}

function problemText(problem: string): string {
  if (problem === 'record_newer') return 'written by a newer Telltale';
  return problem === 'record_damaged' ? 'damaged: cannot be read' : problem;
}

export function costLines(totals: ConversationTotals): readonly string[] {
  const { turns, calls, inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = totals;
  const { costUsd, knownCostUsd, unpricedCalls, uncountedCalls, summaries, summaryCost } = totals;
  return [
    `${countText(turns)} ${turns === 1 ? 'turn' : 'turns'}, ${countText(calls)} ${calls === 1 ? 'call' : 'calls'}`,
    `${countText(inputTokens)} tokens in (${countText(cachedInputTokens)} from the cache), ${countText(outputTokens)} out (${countText(reasoningTokens)} reasoning)`,
    costUsd === undefined
      ? `cost unknown: ${usdText(knownCostUsd)}, and ${unpricedCalls} calls of unknown cost`
      : `cost ${usdText(costUsd)}`,
    ...(uncountedCalls > 0 ? [`${uncountedCalls} calls of which nobody says the tokens`] : []),
    ...(summaries > 0 ? [`of it ${summaries} summaries: ${usdText(summaryCost.costUsd)}`] : []),
  ];
}
