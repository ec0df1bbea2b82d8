import type OpenAI from 'openai';
import type { Wish } from './fake-provider.ts';

const messages = [{ role: 'user' as const, content: 'Hi' }];
const ask = (user: Wish) => ({ model: 'gpt-5-mini', messages, user });
const askStream = (user: Wish) => ({ ...ask(user), stream: true as const });
const ignore = (): void => {};

type Ending = (client: OpenAI, signal: AbortSignal) => Promise<unknown>;

/** Every way in which a call can end, its caller's negligence included. `signal` is one for all calls. */
export const endings: Readonly<Record<string, Ending>> = {
  answered: (client, signal) => client.chat.completions.create(ask('answer'), { signal }),
  'answered without a signal': (client) => client.chat.completions.create(ask('answer')),
  refused: (client, signal) => client.chat.completions.create(ask('bad request'), { signal }).catch(ignore),
  'answered in the second attempt': (client, signal) =>
    client.chat.completions.create(ask('busy'), { signal }),
  'out of reach': (client, signal) =>
    client.chat.completions.create(ask('refuse'), { signal, maxRetries: 0 }).catch(ignore),
  'no JSON': (client, signal) => client.chat.completions.create(ask('no JSON'), { signal }).catch(ignore),
  'through a clone of the client': (client, signal) =>
    client.withOptions({ maxRetries: 0 }).chat.completions.create(ask('answer'), { signal }),
  'read by hand': async (client, signal) =>
    (await client.chat.completions.create(ask('answer'), { signal }).asResponse()).text(),
  'read from a copy': async (client, signal) =>
    (await client.chat.completions.create(ask('answer'), { signal }).asResponse()).clone().text(),
  'never read': (client, signal) => client.chat.completions.create(ask('answer'), { signal }).asResponse(),
  'a stream to its end': async (client, signal) => {
    for await (const _ of await client.chat.completions.create(askStream('stream'), { signal }));
  },
  'a stream that is cut': async (client, signal) => {
    for await (const _ of await client.chat.completions.create(askStream('cut stream'), { signal }));
  },
  'a stream that is left': async (client, signal) => {
    for await (const _ of await client.chat.completions.create(askStream('endless stream'), { signal }))
      break;
  },
  'a stream that is stopped by its controller': async (client, signal) => {
    const stream = await client.chat.completions.create(askStream('endless stream'), { signal });
    for await (const _ of stream) stream.controller.abort();
  },
  'a stream read by two': async (client, signal) => {
    const [left, right] = (await client.chat.completions.create(askStream('stream'), { signal })).tee();
    for await (const _ of left);
    for await (const _ of right);
  },
  'a stream never read': async (client, signal) => {
    await client.chat.completions.create(askStream('stream'), { signal });
  },
  // Without the signal: openai 7 itself keeps a stream that is dropped, as long as its caller's signal lives.
  'a stream dropped in the middle': async (client) => {
    const stream = await client.chat.completions.create(askStream('stream'));
    await stream[Symbol.asyncIterator]().next();
  },
  'aborted before': (client) =>
    client.chat.completions.create(ask('answer'), { signal: AbortSignal.abort() }).catch(ignore),
  'aborted before its headers': async (client) => {
    const own = new AbortController();
    setImmediate(() => own.abort());
    await client.chat.completions.create(ask('silence'), { signal: own.signal }).catch(ignore);
  },
  'aborted while it waits': async (client) => {
    const own = new AbortController();
    setTimeout(() => own.abort(), 1);
    await client.chat.completions.create(ask('busy for long'), { signal: own.signal }).catch(ignore);
  },
  'aborted in its stream': async (client) => {
    const own = new AbortController();
    const stream = await client.chat.completions.create(askStream('endless stream'), { signal: own.signal });
    for await (const _ of stream) own.abort();
  },
};
