import type { ConversationRecord } from './conversation-record.ts';
import { type ConversationMessage, textOf } from './message.ts';
import type { ConversationSummary, ConversationTotals } from './reply.ts';
import { nothingSpent } from './spent.ts';

export function messagesIn(record: ConversationRecord | undefined): readonly ConversationMessage[] {
  return (record?.turns ?? []).flatMap((turn, at): ConversationMessage[] => {
    const { user, askedMs, answeredMs, state, text, outcome, incompleteReason } = turn;
    const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(turn.traceparent ?? '')?.[1];
    const about = { turn: at + 1, ...(traceId !== undefined && { traceId }) };
    const asked: ConversationMessage = {
      ...about,
      role: 'user',
      text: textOf(user),
      content: user,
      atMs: askedMs,
      state,
    };
    if (answeredMs === undefined || !(text || state === 'answered')) return [asked];
    return [
      asked,
      {
        ...about,
        role: 'assistant',
        text: text ?? '',
        content: text ?? '',
        atMs: answeredMs,
        state,
        ...(outcome && { outcome }),
        ...(incompleteReason !== undefined && { incompleteReason }),
      },
    ];
  });
}

export function totalsIn(record: ConversationRecord | undefined): ConversationTotals {
  return {
    ...(record?.cost ?? nothingSpent),
    turns: record?.turns.length ?? 0,
    summaries: record?.summaries ?? 0,
    summaryCost: record?.summaryCost ?? nothingSpent,
  };
}

export function summaryIn(record: ConversationRecord | undefined): ConversationSummary | undefined {
  return record?.summary;
}
