import type { ConversationRecord, TurnRecord } from './conversation-record.ts';
import type { OutgoingMessage, UserContent } from './message.ts';

/** A turn that failed is not shown: whoever said it says it again, if it matters. */
export function messagesOfTurn({ state, user, text }: TurnRecord): readonly OutgoingMessage[] {
  if (state === 'failed') return [];
  const asked: OutgoingMessage = { role: 'user', content: user };
  return text ? [asked, { role: 'assistant', content: text }] : [asked];
}

/** It comes of what users said, so it must not speak with the voice of the application. */
export function summaryMessage(text: string): OutgoingMessage {
  return { role: 'user', content: `[What was said before, in short]\n\n${text}` };
}

/** What the model has to be told, from a turn on, where it knows all before that turn; or all, where it knows nothing. */
export function messagesFrom(
  { turns, start, summary }: ConversationRecord,
  known: number,
): readonly OutgoingMessage[] {
  const told = turns.slice(Math.max(known, start)).flatMap(messagesOfTurn);
  return known === 0 && summary ? [summaryMessage(summary.text), ...told] : told;
}

/** A picture or a file, whose size nobody knows beforehand. */
const tokensOfPart = 1_000;
/** What stands around a message. */
const tokensAroundMessage = 4;

export function tokensOfTurn(turn: TurnRecord, countTokens: (text: string) => number): number {
  return messagesOfTurn(turn).reduce(
    (total, { content }) => total + tokensAroundMessage + tokensOfContent(content, countTokens),
    0,
  );
}

function tokensOfContent(content: UserContent, countTokens: (text: string) => number): number {
  if (typeof content === 'string') return countTokens(content);
  return content.reduce(
    (total, part) => total + (part.type === 'input_text' ? countTokens(part.text) : tokensOfPart),
    0,
  );
}
