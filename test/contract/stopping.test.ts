import { getEventListeners } from 'node:events';
import type OpenAI from 'openai';
import type { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import { type Call, observe, telltale } from '../../src/index.ts';
import { LockstepServer, type SeenRequest, turns } from '../fuzz/lockstep-server.ts';
import type { Delivery } from '../fuzz/plan.ts';
import { chatChunk } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { worlds } from './worlds.ts';

const streamed = { ...chatParams, stream: true } as const;
const piece = chatChunk({ content: 'word ' });
/** After so many chunks each caller has had enough; the server has ten times as many. */
const enough = 3;
const long: Delivery = {
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  pieces: Array.from({ length: 10 * enough }, () => piece),
  contentLength: false,
  end: 'wait',
};

type Chunks = Stream<OpenAI.ChatCompletionChunk>;

/** Ways to stop in the middle, by the callers of a stream and by those of its bytes. */
const ways: Readonly<Record<string, (stream: Chunks, abort: AbortController) => Promise<unknown>>> = {
  'breaks out of its loop': async (stream) => {
    let count = 0;
    for await (const _ of stream) if (++count === enough) break;
  },
  'returns out of its loop': async (stream) => {
    let count = 0;
    for await (const chunk of stream) if (++count === enough) return chunk;
    return undefined;
  },
  'throws out of its loop': async (stream) => {
    let count = 0;
    try {
      for await (const _ of stream) if (++count === enough) throw new Error('mine');
    } catch {}
  },
  "aborts by the stream's controller": async (stream) => {
    let count = 0;
    for await (const _ of stream) if (++count === enough) stream.controller.abort();
  },
  'aborts by its signal': async (stream, abort) => {
    let count = 0;
    for await (const _ of stream) if (++count === enough) abort.abort();
  },
  'returns the iterator': async (stream) => {
    const iterator = stream[Symbol.asyncIterator]();
    for (let count = 0; count < enough; count++) await iterator.next();
    await iterator.return?.();
  },
  'cancels what toReadableStream() gave': async (stream) => {
    const reader = stream.toReadableStream().getReader();
    for (let count = 0; count < enough; count++) await reader.read();
    await reader.cancel();
  },
};

const byHand: Readonly<Record<string, (body: ReadableStream<Uint8Array>) => Promise<unknown>>> = {
  'cancels its reader': async (body) => {
    const reader = body.getReader();
    for (let count = 0; count < enough; count++) await reader.read();
    await reader.cancel();
  },
  'lets go of its reader and cancels the body': async (body) => {
    const reader = body.getReader();
    for (let count = 0; count < enough; count++) await reader.read();
    reader.releaseLock();
    await body.cancel();
  },
  'breaks out of a loop over the body': async (body) => {
    let count = 0;
    for await (const _ of body as unknown as AsyncIterable<Uint8Array>) if (++count === enough) break;
  },
  'cancels both branches of a tee()': async (body) => {
    const [left, right] = body.tee();
    const reader = left.getReader();
    for (let count = 0; count < enough; count++) await reader.read();
    await Promise.all([reader.cancel(), right.cancel()]);
  },
};

describe.each(worlds)('a caller of openai $version who stops', ({ OpenAI }) => {
  async function stop(
    answers: readonly Delivery[],
    act: (client: OpenAI, abort: AbortController, server: LockstepServer) => Promise<unknown>,
  ): Promise<{ requests: readonly SeenRequest[]; calls: readonly Readonly<Call>[]; listeners: number }> {
    const server = await LockstepServer.start(answers);
    const client = observe(
      new OpenAI({ apiKey: 'k', baseURL: `${server.origin}/v1`, logLevel: 'off', maxRetries: 2 }),
    );
    const calls: Readonly<Call>[] = [];
    telltale(client).on('call', (call) => calls.push(call));
    const abort = new AbortController();
    await act(client, abort, server);
    // No time passes: the server hears of it in the turns that a closed socket takes.
    await turns(40);
    const requests = server.requests.map((request) => ({ ...request }));
    const listeners = getEventListeners(abort.signal, 'abort').length;
    expect(telltale(client).openCalls()).toBe(0);
    await server.close();
    return { requests, calls, listeners };
  }

  it.each(Object.entries(ways))('and %s is seen to leave by the server at once', async (_, way) => {
    const { requests, calls } = await stop([long], async (client, abort) =>
      way(await client.chat.completions.create(streamed, { signal: abort.signal }), abort),
    );
    expect(requests).toMatchObject([{ end: 'client left', pieces: enough }]);
    expect(calls).toMatchObject([{ outcome: 'cancelled', chunks: enough }]);
  });

  it.each(Object.entries(byHand))('and %s is seen to leave by the server at once', async (_, way) => {
    const { requests, calls } = await stop([long], async (client) => {
      const { body } = await client.chat.completions.create(streamed).asResponse();
      if (body) await way(body);
    });
    expect(requests).toMatchObject([{ end: 'client left', pieces: enough }]);
    expect(calls).toMatchObject([{ outcome: 'cancelled', chunks: enough }]);
  });

  it('before anything is sent sends nothing', async () => {
    const { requests, calls } = await stop([long], (client, abort) => {
      abort.abort();
      return expect(
        client.chat.completions.create(streamed, { signal: abort.signal }),
      ).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    });
    expect(requests).toEqual([]);
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
  });

  it('before the headers is seen to leave by the server at once', async () => {
    const silent: Delivery = { ...long, end: 'silence' };
    const { requests, calls } = await stop([silent], (client, abort, server) => {
      server.onProgress = () => setImmediate(() => abort.abort());
      return expect(
        client.chat.completions.create(chatParams, { signal: abort.signal }),
      ).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    });
    expect(requests).toMatchObject([{ end: 'client left' }]);
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
  });

  it('in a JSON body is seen to leave by the server at once', async () => {
    const slow: Delivery = {
      ...long,
      headers: { 'content-type': 'application/json' },
      pieces: ['{"id":', ' "a', 'b"', '}'],
    };
    const { requests, calls } = await stop([slow], (client, abort, server) => {
      server.onProgress = (_, at) => {
        if (at === 2) abort.abort();
      };
      return expect(client.chat.completions.create(chatParams, { signal: abort.signal })).rejects.toThrow(
        /abort/,
      );
    });
    expect(requests).toMatchObject([{ end: 'client left', pieces: 2 }]);
    expect(calls).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('in a wait of a minute is answered at once, and sends nothing any more', async () => {
    const busy: Delivery = {
      status: 503,
      headers: { 'retry-after-ms': '59000' },
      pieces: [],
      contentLength: false,
      end: 'end',
    };
    const { requests, calls } = await stop([busy], (client, abort) => {
      const wait = new Promise<void>((resolve) => {
        telltale(client).on('attempt', () => setImmediate(resolve));
      });
      void wait.then(() => turns(20)).then(() => abort.abort());
      return expect(
        client.chat.completions.create(chatParams, { signal: abort.signal }),
      ).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    });
    expect(requests).toHaveLength(1);
    expect(calls).toMatchObject([{ outcome: 'cancelled', attempts: 1 }]);
  });
});
