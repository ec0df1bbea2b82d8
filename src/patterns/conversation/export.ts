import { checkOneOf } from '../../check.ts';
import type { ConversationRecord } from './conversation-record.ts';
import type { ConversationMessage } from './message.ts';
import type { ConversationSummary, ConversationTotals } from './reply.ts';
import { messagesIn, summaryIn, totalsIn } from './views.ts';

/** @throws TelltaleError `invalid_option` */
export function exportRecord(id: string, record: ConversationRecord | undefined, as: unknown): string {
  const messages = messagesIn(record);
  const summary = summaryIn(record);
  return checkOneOf('as', as, ['json', 'markdown']) === 'json'
    ? exportJson(id, messages, totalsIn(record), summary)
    : exportMarkdown(id, messages, summary);
}

function exportJson(
  id: string,
  messages: readonly ConversationMessage[],
  totals: ConversationTotals,
  summary: ConversationSummary | undefined,
): string {
  return `${JSON.stringify({ id, ...(summary && { summary }), messages, totals }, undefined, 2)}\n`;
}

function exportMarkdown(
  id: string,
  messages: readonly ConversationMessage[],
  summary: ConversationSummary | undefined,
): string {
  const parts = [`# Conversation ${id}`];
  if (summary) parts.push(`## Summary of turns 1 to ${summary.turns}`, summary.text);
  for (const { role, text, atMs, content, state, outcome } of messages) {
    const what =
      role === 'user' && state !== 'answered'
        ? state
        : role === 'assistant' && outcome !== 'ok'
          ? outcome
          : undefined;
    const note = what ? ` (${what})` : '';
    parts.push(`## ${role === 'user' ? 'User' : 'Assistant'}, ${new Date(atMs).toISOString()}${note}`);
    if (text !== '') parts.push(text);
    const others = typeof content === 'string' ? [] : content.filter(({ type }) => type !== 'input_text');
    for (const { type } of others) parts.push(`[${type.replace('input_', '')}]`);
  }
  return `${parts.join('\n\n')}\n`;
}
