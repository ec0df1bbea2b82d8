import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import type { Mock } from '../../src/mock/index.ts';

/** Types that the oldest client does not have. */
const later = ['OpenAI.Responses.InputTokenCountResponse', 'OpenAI.Responses.CompactedResponse'];

/** Pairs of a type of the client and the JSON of what the provider remembers, runs by itself, or sends by itself. */
export async function statefulAnswersOf(
  mock: Mock,
  version: string,
): Promise<[type: string, json: string][]> {
  const answers: [string, string][] = [];
  async function ask(type: string | undefined, method: string, path: string, body?: object) {
    const headers = { authorization: 'Bearer any', 'x-call-id': 'call-1' };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const text = await (await fetch(mock.url + path, init)).text();
    if (type === undefined) return text;
    const json = type === response ? withOutputText(text) : text;
    if (version !== 'openai-v6-0' || !later.includes(type)) answers.push([type, json]);
    return json;
  }
  const response = 'OpenAI.Responses.Response';
  const background = { model: 'gpt-5', input: 'Hello', background: true };
  const { url, received } = await receiver();

  for (const failRate of [0, 1]) {
    const webhooks = { url, secret: 'a secret' };
    mock.start({ background: { queuedMs: 0, runsMs: 0, failRate }, webhooks });
    const { id } = JSON.parse((await ask(response, 'POST', '/responses', background)) ?? '');
    await mock.settled();
    await ask(response, 'GET', `/responses/${id}`);
    await ask('OpenAI.Responses.ResponseItemList', 'GET', `/responses/${id}/input_items`);
    const events = await ask(undefined, 'POST', '/responses', { ...background, stream: true });
    for (const [, json = ''] of events.matchAll(/^data: (\{.*)$/gm)) {
      const isWhole = json.includes('"response":');
      answers.push(['OpenAI.Responses.ResponseStreamEvent', isWhole ? withOutputText(json) : json]);
    }
    await expect.poll(() => received.length).toBe(2);
    for (const json of received.splice(0)) answers.push(['OpenAI.Webhooks.UnwrapWebhookEvent', json]);
  }

  mock.start({ background: { queuedMs: 60_000 }, webhooks: null });
  const { id } = JSON.parse(await ask(undefined, 'POST', '/responses', background));
  await ask(response, 'POST', `/responses/${id}/cancel`);

  const conversation = 'OpenAI.Conversations.Conversation';
  const items = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hello to you' },
    { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'seen' },
  ];
  const made = JSON.parse(await ask(conversation, 'POST', '/conversations', { items }));
  const path = `/conversations/${made.id}`;
  await ask(conversation, 'GET', path);
  await ask(response, 'POST', '/responses', { model: 'gpt-5', input: 'And?', conversation: made.id });
  const list = 'OpenAI.Conversations.ConversationItemList';
  const { data } = JSON.parse(await ask(list, 'GET', `${path}/items`));
  await ask(list, 'POST', `${path}/items`, { items });
  await ask('OpenAI.Conversations.ConversationItem', 'GET', `${path}/items/${data[0].id}`);
  await ask(conversation, 'DELETE', `${path}/items/${data[0].id}`);
  await ask('OpenAI.Conversations.ConversationDeletedResource', 'DELETE', path);
  await ask('OpenAI.Responses.InputTokenCountResponse', 'POST', '/responses/input_tokens', {
    input: 'Hello',
  });
  await ask('OpenAI.Responses.CompactedResponse', 'POST', '/responses/compact', { model: 'gpt-5' });
  return answers;
}

/** The client adds it to what it parses; on the wire it never is. */
function withOutputText(json: string): string {
  const value = JSON.parse(json);
  (value.response ?? value).output_text = '';
  return JSON.stringify(value);
}

async function receiver() {
  const received: string[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (piece) => {
      body += piece;
    });
    incoming.on('end', () => {
      received.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}
