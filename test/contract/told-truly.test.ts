import { getEventListeners } from 'node:events';
import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { ObserveOptions } from '../../src/index.ts';
import { turns } from '../fuzz/lockstep-server.ts';
import { body, call, events, readAll, sse, streamed } from '../fuzz/one-call.ts';
import type { Delivery } from '../fuzz/plan.ts';
import { chatBody, chatChunk, chatEnd, chatEvents, chatPieces, event } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { worldOf, worlds } from './worlds.ts';

const v7 = worldOf('7.57.0');
const [finish = '', done = ''] = chatEnd;
const usageEvent = event({
  choices: [],
  usage: { prompt_tokens: 7, completion_tokens: 9, total_tokens: 16 },
});
const provided = { source: 'provider', inputTokens: 7, outputTokens: 9 };
const jsonAnswer = (type: string): Delivery => ({
  ...events([JSON.stringify(chatBody)]),
  headers: { 'content-type': type },
});

describe.each(worlds)('by openai $version', (world) => {
  it('a connection that breaks in a pipe is an error', async () => {
    const { error, call: told } = await call(world, events(chatPieces, 'reset'), async (client) => {
      const piped = (await body(client)).pipeThrough(new TransformStream());
      for await (const _ of piped);
    });
    expect(error).toBeInstanceOf(TypeError);
    expect(told).toMatchObject({ outcome: 'error', errorType: 'connection_error' });
  });

  it('a body that refused to be cancelled, and was then read to its end, is ok', async () => {
    const { call: told } = await call(world, events(chatEvents), async (client) => {
      const stream = await body(client);
      const reader = stream.getReader();
      await stream.cancel().catch(() => {});
      while (!(await reader.read()).done);
    });
    expect(told).toMatchObject({ outcome: 'ok' });
  });

  it.each([
    [true, 'ok'],
    [false, 'cancelled'],
  ])(
    'a loop that is left with preventCancel: %s leaves a call that is %s',
    async (preventCancel, outcome) => {
      const { call: told } = await call(world, events(chatEvents), async (client) => {
        const stream = await body(client);
        for await (const _ of stream.values({ preventCancel })) break;
        const reader = stream.getReader();
        while (!(await reader.read()).done);
      });
      expect(told).toMatchObject({ outcome });
    },
  );

  it('a [DONE] whose last line end is cut in two is ok', async () => {
    const wire = events([...chatPieces, finish, 'data: [DONE]\r\n\r', '\n']);
    expect((await call(world, wire, readAll)).call).toMatchObject({ outcome: 'ok' });
  });

  it.each(['of a stream', 'in the middle of a stream'])(
    'an abort %s that nobody reads is told at once',
    async (where) => {
      const { call: told } = await call(world, events(chatPieces, 'wait'), async (client, abort) => {
        const stream = await client.chat.completions.create(streamed, { signal: abort.signal });
        if (where !== 'of a stream') await stream[Symbol.asyncIterator]().next();
        abort.abort();
        // Kept, so that it is not the garbage collector who ends the call.
        await turns(20);
        return stream;
      });
      expect(told).toMatchObject({ outcome: 'cancelled', errorType: 'cancelled' });
    },
  );

  it('an abort behind the end of a stream changes nothing', async () => {
    const { call: told } = await call(world, events(chatEvents), async (client, abort) => {
      const stream = await client.chat.completions.create(streamed, { signal: abort.signal });
      for await (const _ of stream);
      abort.abort();
    });
    expect(told).toMatchObject({ outcome: 'ok' });
  });

  it('listens to an abort no longer than to its stream', async () => {
    const listening = async (observed: false | ObserveOptions): Promise<unknown> =>
      (
        await call(
          world,
          events(chatEvents),
          async (client, abort) => {
            const stream = await client.chat.completions.create(streamed, { signal: abort.signal });
            for await (const _ of stream);
            return [abort.signal, stream.controller.signal].map(
              (signal) => getEventListeners(signal, 'abort').length,
            );
          },
          observed,
        )
      ).value;
    expect(await listening({})).toEqual(await listening(false));
  });

  it('a stream that is read as a Blob is ok, with its usage', async () => {
    const wire = events([...chatPieces, finish, usageEvent, done]);
    const { call: told } = await call(world, wire, async (client) => {
      const response = await client.chat.completions.create(streamed).asResponse();
      return (await response.blob()).text();
    });
    expect(told).toMatchObject({ outcome: 'ok', usage: provided });
  });

  it('a JSON answer that is read as a Blob has its usage', async () => {
    const { value, call: told } = await call(world, jsonAnswer('application/json'), async (client) => {
      const response = await client.chat.completions.create(chatParams).asResponse();
      return (await response.blob()).text();
    });
    expect(value).toBe(JSON.stringify(chatBody));
    expect(told).toMatchObject({ outcome: 'ok', usage: { source: 'provider', inputTokens: 10 } });
  });

  it('a stream without a body is an error, as it is for the client', async () => {
    const wire: Delivery = { status: 204, headers: sse, pieces: [], contentLength: false, end: 'end' };
    const { error, call: told } = await call(world, wire, readAll);
    expect(String(error)).toMatch(/no body/);
    expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
  });

  it('a chunk that cannot be parsed is an error where no blank line follows it, or [DONE] does', async () => {
    const wires = [
      events([...chatPieces, `data: {"id":tru}\r\n\r\n${done}`]),
      events([...chatPieces, 'data: {"id":tru}\n\r', `${finish}${done}`]),
      // openai 6 does not get to see this one.
      ...(world.major === 7 ? [events([...chatPieces, finish, 'data: {"id":tru}'])] : []),
    ];
    for (const wire of wires) {
      const { error, call: told } = await call(world, wire, readAll);
      expect(error).toBeInstanceOf(SyntaxError);
      expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
    }
  });

  it('a last event without a blank line behind it counts where the client takes it', async () => {
    const wire = events([...chatPieces, finish.trimEnd()]);
    const { value, call: told } = await call(world, wire, readAll);
    const isTaken = world.major === 7;
    expect(value).toHaveLength(isTaken ? 4 : 3);
    expect(told).toMatchObject({ outcome: isTaken ? 'ok' : 'truncated', chunks: isTaken ? 4 : 3 });
  });

  it('a [DONE] with something behind it is what it is to the client', async () => {
    const { error, call: told } = await call(
      world,
      events([...chatPieces, finish, 'data: [DONE] \n\n']),
      readAll,
    );
    expect(error === undefined).toBe(world.major === 6);
    expect(told).toMatchObject({ outcome: error ? 'error' : 'ok' });
  });

  it('a JSON answer of another type is the text that the client makes of it', async () => {
    const { value, call: told } = await call(world, jsonAnswer('text/plain'), (client) =>
      Promise.resolve(client.chat.completions.create(chatParams)),
    );
    expect(typeof value).toBe('string');
    expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
  });

  it('an event that is named `error` is one where the client throws at it', async () => {
    const wire = events([...chatPieces, 'event: error\ndata: {"message":"broken"}\n\n', finish, done]);
    const { error, call: told } = await call(world, wire, readAll);
    expect(told?.outcome).toBe(error ? 'error' : 'ok');
  });
});

describe("with streamUsage: 'ask'", () => {
  const ask: ObserveOptions = { streamUsage: 'ask' };

  it.each(['\r', '\r\n', '\n'])('lines that end in %j are not held back', async (end) => {
    const event = chatChunk({ content: 'a' }).replaceAll('\n', end);
    // All but the second half of a line end, if it has two.
    const pieces = [end === '\r\n' ? event.slice(0, -1) : event];
    const read = async (client: OpenAI, abort: AbortController): Promise<unknown> => {
      const stream = await client.chat.completions.create(streamed, { signal: abort.signal });
      const next = stream[Symbol.asyncIterator]().next();
      const first = await Promise.race([next, turns(200).then(() => 'held back')]);
      abort.abort();
      return first;
    };
    const bare = await call(v7, events(pieces, 'wait'), read, false);
    const observed = await call(v7, events(pieces, 'wait'), read, ask);
    expect(bare.value).toMatchObject({ done: false });
    expect(observed.value).toEqual(bare.value);
  });

  it('a Blob has no usage chunk that its caller did not ask for', async () => {
    const { value } = await call(
      v7,
      events([...chatPieces, finish, usageEvent, done]),
      async (client) => (await (await client.chat.completions.create(streamed).asResponse()).blob()).text(),
      ask,
    );
    expect(value).toBe(chatEvents.join(''));
  });
});
