import { afterEach, describe, expect, it } from 'vitest';
import { conversation } from '../../../src/patterns/index.ts';
import { clientOf, type Model, startModel, ways } from './support.ts';

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
