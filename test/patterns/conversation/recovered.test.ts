import { afterEach, describe, expect, it } from 'vitest';
import { clientOf, conversation, type Model, startModel, ways } from './support.ts';

let model: Model;
afterEach(async () => {
  await model.mock.close();
});

/** The provider sends its whole answer, and the client gets the events up to the first piece of text. */
function halfAnswer(then: 'break' | 'hang'): typeof fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    if (!String(url).endsWith('/responses')) return response;
    const whole = await response.text();
    const end = whole.indexOf('\n\n', whole.indexOf('event: response.output_text.delta')) + 2;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(whole.slice(0, end)));
        if (then === 'break') controller.close();
        init?.signal?.addEventListener('abort', () => controller.error(init.signal?.reason));
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  };
}

const kept = ways.filter((via) => via !== 'history');

describe.each(kept)('by %s', (via) => {
  it('fetches an answer that broke off on its way, and gives the rest of its pieces', async () => {
    model = await startModel(undefined, () => ({ chunks: ['one ', 'two ', 'three'] }));
    const { mock } = model;
    const client = clientOf(mock, undefined, [], halfAnswer('break'));
    const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini', via });
    const stream = chat.stream('first');
    const pieces: string[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(pieces).toEqual(['one ', 'two three']);
    const reply = await stream.reply();
    expect(reply).toMatchObject({ text: 'one two three', outcome: 'ok' });
    expect(reply.notices.map(({ kind }) => kind)).toEqual(['recovered']);
    expect(await chat.send('second')).toMatchObject({ text: 'one two three' });
    await mock.settled();
    expect(mock.ledger().filter(({ finishReason }) => finishReason === 'stop')).toHaveLength(2);
    expect(model.shown.at(-1)).toEqual(['user: first', 'assistant: one two three', 'user: second']);
  });

  it('does not say again what the provider has of a turn that was stopped', async () => {
    model = await startModel(undefined, () => ({ chunks: ['one ', 'two ', 'three'] }));
    const { mock, shown } = model;
    const options = { id: 'u', model: 'gpt-5-mini', via } as const;
    const client = clientOf(mock, undefined, [], halfAnswer('hang'));
    const chat = await conversation({ ...options, client });
    for await (const _ of chat.stream('first')) break;
    expect(chat.messages().at(-1)).toMatchObject({ text: 'one ', state: 'cut' });
    for await (const _ of chat.stream('second')) break;
    // The provider has the whole of what it finished, and of a response nobody builds upon it has nothing.
    const first = via === 'conversations' ? 'assistant: one two three' : 'assistant: one ';
    expect(shown.at(-1)).toEqual(['user: first', first, 'user: second']);
  });
});

it('sends an answer that broke off again where nobody keeps it', async () => {
  model = await startModel();
  let isBroken = true;
  const half = halfAnswer('break');
  const client = clientOf(model.mock, undefined, [], async (url, init) => {
    const send = isBroken ? half : fetch;
    isBroken = false;
    return await send(url, init);
  });
  const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini', via: 'history' });
  const reply = await chat.send('one');
  expect(reply).toMatchObject({ text: 're: one', outcome: 'ok', cost: { calls: 2 } });
  expect(reply.notices.map(({ kind }) => kind)).toEqual(['resent']);
});

describe('where an answer never arrived', () => {
  /** The provider does all of it, and the connection breaks before the client hears of it. */
  const once = (isWanted: (url: string) => boolean): typeof fetch => {
    let isBroken = true;
    return async (url, init) => {
      const response = await fetch(url, init);
      if (!isBroken || !isWanted(String(url))) return response;
      isBroken = false;
      await response.arrayBuffer();
      throw new TypeError('fetch failed');
    };
  };

  it('takes it in with the next turn, by conversations', async () => {
    model = await startModel();
    const { mock, shown } = model;
    const client = clientOf(
      mock,
      undefined,
      [],
      once((url) => url.endsWith('/responses')),
    );
    const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini' });
    await expect(chat.send('one')).rejects.toThrow('Connection error');
    expect(chat.messages()).toMatchObject([{ text: 'one', state: 'failed' }]);
    expect(chat.totals()).toMatchObject({ calls: 0 });
    const second = await chat.send('two');
    expect(second.notices.map(({ kind }) => kind)).toEqual(['recovered']);
    expect(chat.messages()).toMatchObject([
      { text: 'one', state: 'answered' },
      { text: 're: one' },
      { text: 'two' },
      { text: 're: two' },
    ]);
    expect(shown.at(-1)).toEqual(['user: one', 'assistant: re: one', 'user: two']);
    // What it used is in no answer that anybody heard of.
    expect(chat.totals()).toMatchObject({ calls: 2, uncountedCalls: 1, unpricedCalls: 1 });
    expect(chat.totals().costUsd).toBeUndefined();
  });

  it('is not taken in by those who only said so to the provider', async () => {
    model = await startModel();
    const { client, sent, shown } = model;
    const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini' });
    await chat.send('one');
    const place = sent.find(({ path }) => path === '/responses')?.body['conversation'] as string;
    await client.responses.create({ model: 'gpt-5-mini', conversation: place, input: 'from elsewhere' });
    for await (const _ of chat.stream('two')) break;
    expect(await chat.send('three')).toMatchObject({ text: 're: three' });
    expect(shown.at(-1)?.filter((line) => line.startsWith('user'))).toEqual([
      'user: one',
      'user: from elsewhere',
      'user: two',
      'user: three',
    ]);
    expect(sent.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });
});

it('waits for another response in the conversation of the provider', async () => {
  model = await startModel(undefined, ({ text }) =>
    text === 'slow' ? { text: 'slow', delayMs: 300 } : undefined,
  );
  const { client, sent, shown } = model;
  const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini' });
  await chat.send('one');
  const place = sent.find(({ path }) => path === '/responses')?.body['conversation'] as string;
  const slow = client.responses.create({ model: 'gpt-5-mini', conversation: place, input: 'slow' });
  // Until the other one has surely arrived.
  while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(await chat.send('two')).toMatchObject({ text: 're: two', outcome: 'ok' });
  await slow;
  expect(shown.at(-1)?.filter((line) => line.startsWith('user'))).toEqual([
    'user: one',
    'user: slow',
    'user: two',
  ]);
});

it('takes out a question that stands in the conversation of the provider without an answer', async () => {
  model = await startModel();
  const { mock, client: direct, shown, sent } = model;
  let isDown = false;
  const client = clientOf(mock, undefined, sent, async (url, init) => {
    if (isDown) throw new TypeError('fetch failed');
    return await fetch(url, init);
  });
  const chat = await conversation({ client, id: 'u', model: 'gpt-5-mini' });
  await chat.send('one');
  const place = sent.find(({ path }) => path === '/responses')?.body['conversation'] as string;
  isDown = true;
  await expect(chat.send('two')).rejects.toThrow('Connection error');
  isDown = false;
  const left = ['from elsewhere', 'two'].map((content) => ({ role: 'user' as const, content }));
  await direct.conversations.items.create(place, { items: left });
  await chat.send('three');
  expect(shown.at(-1)).toEqual(['user: one', 'assistant: re: one', 'user: from elsewhere', 'user: three']);
  expect(sent.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
});
