/** What the application has begun at the provider: a response in the background, and a batch. */
import OpenAI, { toFile } from 'openai';

const openai = new OpenAI();
const begun = await openai.responses.create({ model: 'gpt-5', input: 'Hello', background: true });

export const job = {
  responseId: begun.id,
  id: begun.id,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

const body = { model: 'gpt-5-mini', input: 'Hello' };
const line = JSON.stringify({ custom_id: '1', method: 'POST', url: '/v1/responses', body });
const file = await openai.files.create({
  purpose: 'batch',
  file: await toFile(Buffer.from(line), 'requests.jsonl'),
});
const batch = await openai.batches.create({
  input_file_id: file.id,
  endpoint: '/v1/responses',
  completion_window: '24h',
});

export const batchId: string = batch.id;
