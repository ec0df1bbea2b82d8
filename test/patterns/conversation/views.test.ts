import { expect, it } from 'vitest';
import type { ConversationRecord } from '../../../src/patterns/conversation/conversation-record.ts';
import { nothingSpent } from '../../../src/patterns/conversation/spent.ts';
import { messagesIn } from '../../../src/patterns/conversation/views.ts';

const trace = '0af7651916cd43dd8448eb211c80319c';

it.each([
  [`00-${trace}-b7ad6b7169203331-01`, trace],
  [`00-${trace.toUpperCase()}-b7ad6b7169203331-01`, undefined],
  ['00-\u001b[2J-b7ad6b7169203331-01', undefined],
  ['rubbish', undefined],
  [undefined, undefined],
])('of the traceparent %j that a store gives, messages have the trace %j', (traceparent, traceId) => {
  const turn = { state: 'failed', user: 'Hello?', askedMs: 1, traceparent, cost: nothingSpent } as const;
  const [message] = messagesIn({ turns: [turn] } as unknown as ConversationRecord);
  expect(message && 'traceId' in message ? message.traceId : undefined).toBe(traceId);
  expect(message && 'traceId' in message).toBe(traceId !== undefined);
});
