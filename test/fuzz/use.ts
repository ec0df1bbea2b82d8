import type OpenAI from 'openai';
import type { Stream } from 'openai/streaming';
import type { Ask, Plan, Stop, Use } from './plan.ts';
import { act } from './raw-acts.ts';
import { OwnError, type Site } from './site.ts';

const model = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'Hi' }];

/** What the client returns before anything is awaited. */
type Asked = Promise<unknown> & {
  asResponse(): Promise<Response>;
  withResponse(): Promise<{ data: unknown; response: Response }>;
};

/** Asks, and does with the answer what the plan says. */
export async function use(site: Site, plan: Plan): Promise<void> {
  const asked = send(site.client, plan.ask, site.abort.signal);
  const how = plan.use;
  site.held.push(asked);
  if (how.how === 'raw') {
    const response = await site.expectAnswer('asResponse', asked.asResponse());
    if (response) await act(site, response.value, how.acts);
    return;
  }
  if (how.how === 'withResponse') {
    const both = await site.expectAnswer('withResponse', asked.withResponse());
    if (!both) return;
    const { data, response } = both.value;
    site.note('response', [response.status, response.bodyUsed]);
    await readData(site, data, { how: 'iterate', stopAfter: how.stopAfter, stop: 'break', again: false });
    return;
  }
  const data = await site.expectAnswer('await', asked);
  if (!data) return;
  if (how.how === 'await' && how.twice) {
    const again = await site.expectAnswer('again', asked);
    site.note('same', data.value === again?.value);
  }
  await readData(site, data.value, how);
}

function send(client: OpenAI, ask: Ask, signal: AbortSignal): Asked {
  const options = { signal };
  switch (ask.to) {
    case 'chat':
      return client.chat.completions.create({ model, messages }, options);
    case 'chat stream': {
      const more = {
        ...(ask.n !== undefined && { n: ask.n }),
        ...(ask.usage && { stream_options: { include_usage: true } }),
      };
      return client.chat.completions.create({ model, messages, stream: true, ...more }, options);
    }
    case 'responses':
      return client.responses.create({ model, input: 'Hi' }, options);
    case 'responses stream':
      return client.responses.create({ model, input: 'Hi', stream: true }, options);
    case 'embeddings':
      return client.embeddings.create({ model: 'text-embedding-3-small', input: 'Hi' }, options);
    case 'completions stream':
      return client.completions.create({ model, prompt: 'Hi', stream: true }, options);
    case 'model':
      return client.models.retrieve(model, options);
    case 'file content':
      return client.files.content('file-1', options);
  }
}

async function readData(site: Site, data: unknown, how: Use): Promise<void> {
  site.held.push(data);
  if (!isStream(data)) {
    // A binary answer is handed over unread.
    if (data instanceof Response) {
      const text = how.how === 'leave' ? undefined : await site.expect('text', data.text());
      if (text !== undefined) site.readToEnd = true;
      return;
    }
    site.note('data', data);
    site.readToEnd = true;
    return;
  }
  switch (how.how) {
    case 'await':
    case 'iterate': {
      const { stopAfter, stop, again } =
        how.how === 'iterate' ? how : { stopAfter: 1e9, stop: 'break' as const, again: false };
      await site.expect('loop', iterate(site, data, stopAfter, stop));
      if (again) await site.expectRefusal('second loop', iterate(site, data, stopAfter, stop));
      return;
    }
    case 'pull':
      return pull(site, data, how);
    case 'tee':
      return tee(site, data, how);
    case 'toReadableStream':
      return toReadableStream(site, data, how);
    default:
  }
}

function isStream(value: unknown): value is Stream<unknown> {
  return (
    typeof value === 'object' && value !== null && 'controller' in value && Symbol.asyncIterator in value
  );
}

async function iterate(site: Site, items: Stream<unknown>, stopAfter: number, stop: Stop): Promise<string> {
  let count = 0;
  for await (const item of items) {
    site.note('chunk', item);
    if (++count <= stopAfter) continue;
    site.stopped = true;
    if (stop === 'break') return 'left';
    if (stop === 'throw') throw new OwnError('mine');
    if (stop === 'controller') items.controller.abort();
    else site.abort.abort();
  }
  site.readToEnd ||= !site.stopped;
  return 'end';
}

async function pull(site: Site, items: Stream<unknown>, how: Use & { how: 'pull' }): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  site.held.push(iterator);
  const step = async (next: Promise<IteratorResult<unknown>>): Promise<boolean> => {
    const read = await site.expect('next', next);
    if (read?.done && !site.stopped) site.readToEnd = true;
    return read !== undefined && read.done !== true;
  };
  if (how.atOnce) {
    const pulls = Array.from({ length: how.pulls }, () => iterator.next());
    for (const next of pulls) await step(next);
  } else {
    for (let count = 0; count < how.pulls && (await step(iterator.next())); count++);
  }
  if (how.after === 'drain') while (await step(iterator.next()));
  if (how.after !== 'return') return;
  // What was never begun cannot be ended: the iterator then stays away from the body.
  site.stopped ||= how.pulls > 0;
  if (iterator.return) await site.expect('return', iterator.return('enough'));
}

async function tee(site: Site, items: Stream<unknown>, how: Use & { how: 'tee' }): Promise<void> {
  const [left, right] = items.tee();
  const iterators = { left: left[Symbol.asyncIterator](), right: right[Symbol.asyncIterator]() };
  site.held.push(iterators);
  const step = async (side: 'left' | 'right'): Promise<boolean> => {
    const read = await site.expect(side, iterators[side].next());
    if (read?.done && !site.stopped) site.readToEnd = true;
    return read !== undefined && read.done !== true;
  };
  for (const side of how.turns) await step(side);
  if (how.after !== 'leave') while (await step('left'));
  if (how.after === 'drain both') while (await step('right'));
}

async function toReadableStream(
  site: Site,
  items: Stream<unknown>,
  how: Use & { how: 'toReadableStream' },
): Promise<void> {
  const readable = items.toReadableStream();
  site.held.push(readable);
  if (how.after === 'text') {
    const text = await site.expect('readable', new Response(readable).text());
    if (text !== undefined) site.readToEnd = true;
    return;
  }
  const reader = readable.getReader();
  for (let count = 0; count < how.reads || how.after === 'drain'; count++) {
    const read = await site.expect('read', reader.read());
    if (read?.done) site.readToEnd = true;
    if (!read || read.done) return;
  }
  site.stopped ||= how.reads > 0;
  await site.expect('cancel', reader.cancel('enough'));
}
