/** A response in the background that somebody has begun. */
import OpenAI from 'openai';

const begun = await new OpenAI().responses.create({ model: 'gpt-5', input: 'Hello', background: true });

export const job = {
  responseId: begun.id,
  id: begun.id,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};
