import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { finish, type Step, startSteps, streams } from '../wrap/steps-server.ts';
import { listen } from './support.ts';

/*
 * Answers without an end. The caller of the bare client decides how much of one is read and kept; what Telltale keeps beside that
 * has a bound, whatever comes. The readers here keep nothing, so all that is held is the client's or ours.
 */

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function aliveBytes(): Promise<number> {
  for (let round = 0; round < 2; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const mebibyte = 1_024 * 1_024;

/** Everything that reads an answer, at once. */
const everything: ObserveOptions = {
  content: 'full',
  streamUsage: 'ask',
  retry: { maxAttempts: 2, initialDelayMs: 1 },
  onTruncated: 'error',
  onEmpty: 'error',
  streamIdleMs: 60_000,
  audit: {},
};

/** Sends pieces as long as anybody takes them. */
const endless =
  (type: string, piece: (index: number) => string): Step =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    void send(response, piece);
  };

async function send(response: ServerResponse, piece: (index: number) => string): Promise<void> {
  const closed = once(response, 'close');
  for (let index = 0; !response.destroyed; index++) {
    if (!response.write(piece(index))) await Promise.race([once(response, 'drain'), closed]);
  }
}

const messages = [{ role: 'user' as const, content: 'Hi' }];

/** What is held of an answer of which so much was read. */
async function heldOf(openai: OpenAI, bytes: number, params: { stream?: true } = {}): Promise<number> {
  const before = await aliveBytes();
  const response = await openai.chat.completions.create({ model: 'gpt-5', messages, ...params }).asResponse();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (let read = 0; read < bytes; ) {
    const { value, done } = await reader.read();
    if (done) throw new Error('it ended');
    read += value.byteLength;
  }
  const held = (await aliveBytes()) - before;
  await reader.cancel();
  return held;
}

const event = (fields: object): string => `data: ${JSON.stringify({ id: 'c', ...fields })}\n\n`;
const delta = (fields: object, index = 0): string =>
  event({ choices: [{ index, delta: fields, finish_reason: null }] });
const many = (count: number, one: (index: number) => string) => (index: number) =>
  Array.from({ length: count }, (_, at) => one(index * count + at)).join('');

/** How much more is held of an answer than the bare client holds. */
async function heldBeside(step: Step, params: { stream?: true }, bytes: number): Promise<number> {
  listen();
  const { url } = await startSteps([step]);
  const client = (): OpenAI => new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 });
  const openai = observe(client(), everything);
  await heldOf(openai, 1_000, params);
  const bare = await heldOf(client(), bytes, params);
  const held = await heldOf(openai, bytes, params);
  expect(telltale(openai).stats().inFlight).toBe(0);
  return held - bare;
}

/** More than warm code and what is on its way from the server come to. */
const bound = 5 * mebibyte;

describe('a stream that never ends', () => {
  const kinds: Record<string, (index: number) => string> = {
    'of comments, of names, and of events that show nothing': many(500, (index) =>
      [
        ': wait\n\n',
        event({ id: `c${index}`, model: `m${index}`, choices: [] }),
        delta({ content: '' }),
      ].join(''),
    ),
    'of choices, each another one': many(500, (index) => delta({ content: 'x' }, index)),
    'of calls of tools, each another one': many(500, (index) =>
      delta({ tool_calls: [{ index, function: { name: 'f', arguments: '{' } }] }),
    ),
  };

  it.each(Object.entries(kinds))('is held with a bound: one %s', async (_of, piece) => {
    const held = await heldBeside(endless('text/event-stream', piece), { stream: true }, 3 * mebibyte);
    expect(held).toBeLessThan(bound);
  });

  it('is held with a bound: one of items of a Response', async () => {
    listen();
    const piece = many(500, (index) =>
      event({ type: 'response.output_item.added', output_index: index, item: {} }),
    );
    const { url } = await startSteps([endless('text/event-stream', piece)]);
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), everything);
    const before = await aliveBytes();
    const response = await openai.responses
      .create({ model: 'gpt-5', input: 'Hi', stream: true })
      .asResponse();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let read = 0; read < 3 * mebibyte; ) read += (await reader.read()).value?.byteLength ?? 0;
    expect((await aliveBytes()) - before).toBeLessThan(bound);
    await reader.cancel();
  });

  it('says once that its content is left out, and is a call like any other', async () => {
    const told = listen();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const pieces = [many(5_000, (index) => delta({ content: 'x' }, index))(0), finish];
    const { url } = await startSteps([streams(pieces)]);
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), { content: 'full' });
    for (let call = 0; call < 2; call++) {
      const stream = await openai.chat.completions.create({ model: 'gpt-5', messages, stream: true });
      for await (const _chunk of stream);
    }
    expect(warned).toHaveBeenCalledTimes(1);
    expect(String(warned.mock.calls[0]?.[0])).toMatch(/^Recording content failed .*RangeError/);
    const [span] = told.tracing.spans.getFinishedSpans().filter(({ name }) => name.startsWith('chat'));
    expect(span?.attributes).toMatchObject({ 'telltale.outcome': 'ok' });
    expect(span?.attributes['gen_ai.output.messages']).toBeUndefined();
  });
});

describe('one line that never ends', () => {
  it('is given to its caller as it comes, with usage asked for', async () => {
    listen();
    const { url } = await startSteps([endless('text/event-stream', () => 'x'.repeat(4_000))]);
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), {
      streamUsage: 'ask',
    });
    const response = await openai.chat.completions
      .create({ model: 'gpt-5', messages, stream: true })
      .asResponse();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let read = 0;
    while (read < mebibyte) read += (await reader.read()).value?.byteLength ?? 0;
    await reader.cancel();
    expect(telltale(openai).stats().inFlight).toBe(0);
  });
});

/** An answer in pieces as small as they can be, and how many of them were asked for. */
function drops(type: string, drop: string): { fetch: typeof fetch; asked: () => number } {
  let asked = 0;
  const fetch = async (): Promise<Response> => {
    asked = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          asked++;
          controller.enqueue(new TextEncoder().encode(drop));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': type } });
  };
  return { fetch, asked: () => asked };
}

describe('an answer that comes in drops', () => {
  it('is the caller’s after a few thousand, where a retry waits for something to see', async () => {
    listen();
    const { fetch, asked } = drops('text/event-stream', ':\n\n');
    const openai = observe(new OpenAI({ apiKey: 'any', fetch, maxRetries: 0 }), everything);
    const stream = await openai.chat.completions.create({ model: 'gpt-5', messages, stream: true });
    expect(asked()).toBeGreaterThan(1_000);
    expect(asked()).toBeLessThan(6_000);
    stream.controller.abort();
  });

  it('is let go of where it is JSON that is long, whatever its drops take beside their bytes', async () => {
    listen();
    const { fetch } = drops('application/json', '[');
    const openai = observe(new OpenAI({ apiKey: 'any', fetch, maxRetries: 0 }), everything);
    const before = await aliveBytes();
    const response = await openai.chat.completions.create({ model: 'gpt-5', messages }).asResponse();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (let read = 0; read < 100_000; read++) await reader.read();
    expect((await aliveBytes()) - before).toBeLessThan(bound);
    await reader.cancel();
  });
});

describe('JSON that never ends', () => {
  it('is let go of where it is one text', async () => {
    const json = endless(
      'application/json',
      (index) => `${index === 0 ? '{"id":"' : ''}${'x'.repeat(40_000)}`,
    );
    expect(await heldBeside(json, {}, 10 * mebibyte)).toBeLessThan(bound);
  });
});

describe('an answer of a few kilobytes that unpacks to a thousand times as much', () => {
  const packed = (before: string, fill: string, after: string): Buffer =>
    gzipSync(Buffer.concat([Buffer.from(before), Buffer.alloc(24 * mebibyte, fill), Buffer.from(after)]));
  const gives =
    (status: number, type: string, body: Buffer): Step =>
    (response) => {
      response.writeHead(status, { 'content-type': type, 'content-encoding': 'gzip' }).end(body);
    };
  const answer = packed('{"id":"a","choices":[{"index":0,"message":{"content":"', 'x', '"}}]}');

  it('is held with a bound while it is read', async () => {
    const json = gives(200, 'application/json', answer);
    expect(await heldBeside(json, {}, 23 * mebibyte)).toBeLessThan(bound);
  });

  it.each([
    ['an answer', gives(200, 'application/json', answer), 'redacted' as const],
    // Its message is the status and what came; whoever looks into it makes V8 write it out as one, as a log of it does.
    [
      'an error',
      gives(429, 'application/json', packed('{"error":{"message":"', 'x', '"}}')),
      'none' as const,
    ],
  ])('is for its caller alone to keep: %s', async (_what, step, content) => {
    const told = listen();
    const { url } = await startSteps([step]);
    const client = (): OpenAI => new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 });
    const heldAfter = async (openai: OpenAI): Promise<number> => {
      const before = await aliveBytes();
      const became: unknown = await openai.chat.completions
        .create({ model: 'gpt-5', messages })
        .catch((error: unknown) => error);
      const held = (await aliveBytes()) - before;
      expect(became).toBeTypeOf('object');
      return held;
    };
    const bare = await heldAfter(client());
    const held = await heldAfter(observe(client(), { ...everything, content }));
    expect(held - bare).toBeLessThan(bound);
    expect((await told.text()).length).toBeLessThan(200_000);
  });
});
