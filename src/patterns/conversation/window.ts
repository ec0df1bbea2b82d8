import type { ConversationRecord, TurnRecord } from './conversation-record.ts';
import type { OutgoingMessage } from './message.ts';

/** What the model is shown of the turns from `from` on, the last of which is to be answered. */
export function messagesOf({ turns, start, summary }: ConversationRecord): readonly OutgoingMessage[] {
  return [...(summary ? [summaryMessage(summary.text)] : []), ...turns.slice(start).flatMap(messagesOfTurn)];
}

/** A turn that failed is not shown: whoever said it says it again, if it matters. */
export function messagesOfTurn({ state, user, text }: TurnRecord): readonly OutgoingMessage[] {
  if (state === 'failed') return [];
  const asked: OutgoingMessage = { role: 'user', content: user };
  return text ? [asked, { role: 'assistant', content: text }] : [asked];
}

export function summaryMessage(text: string): OutgoingMessage {
  return { role: 'developer', content: `What was said before, in short:\n\n${text}` };
}
