import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { ObserveOptions } from '../../src/index.ts';
import { chatEnd, chatEvents, chatPieces } from '../contract/answers.ts';
import { chatParams } from '../contract/contract-case.ts';
import { worldOf, worlds } from '../contract/worlds.ts';
import { turns } from './lockstep-server.ts';
import { body, call, events, readAll, streamed } from './one-call.ts';
import type { Delivery } from './plan.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const v7 = worldOf('7.57.0');

describe('the caller sees no difference any more:', () => {
  it('a reading that fails and that nobody handles is an unhandled rejection', async () => {
    const read = async (client: OpenAI): Promise<unknown> => {
      const others = process.listeners('unhandledRejection');
      process.removeAllListeners('unhandledRejection');
      let unhandled = 0;
      process.on('unhandledRejection', () => {
        unhandled++;
      });
      const response = await client.chat.completions.create(chatParams).asResponse();
      void response.json();
      await turns(60);
      process.removeAllListeners('unhandledRejection');
      for (const other of others) process.on('unhandledRejection', other);
      return unhandled;
    };
    const answer: Delivery = { ...events(['{"id": ']), headers: { 'content-type': 'application/json' } };
    const bare = await call(v7, answer, read, false);
    expect((await call(v7, answer, read)).value).toBe(bare.value);
  });
});

describe("the caller sees a difference with streamUsage: 'ask':", () => {
  const ask: ObserveOptions = { streamUsage: 'ask' };

  it('reads that are issued at once are answered in order', async () => {
    const read = async (client: OpenAI): Promise<string> => {
      const reader = (await body(client)).getReader();
      const reads = await Promise.all(Array.from({ length: 8 }, () => reader.read()));
      return reads.map(({ value }) => Buffer.from(value ?? []).toString()).join('');
    };
    // Each event is cut in two, so that each first half is held back.
    const halves = chatEvents.flatMap((event) => [event.slice(0, 20), event.slice(20)]);
    const bare = await call(v7, events(halves), read, false);
    // Events arrive whole, so that as many reads bring more of them.
    expect(String((await call(v7, events(halves), read, ask)).value).startsWith(String(bare.value))).toBe(
      true,
    );
  });

  it('a BYOB reader reads', async () => {
    const read = async (client: OpenAI): Promise<string> => {
      const reader = (await body(client)).getReader({ mode: 'byob' });
      let text = '';
      for (;;) {
        const { value, done } = await reader.read(new Uint8Array(16));
        if (value) text += Buffer.from(value).toString();
        if (done) return text;
      }
    };
    const bare = await call(v7, events(chatEvents), read, false);
    const observed = await call(v7, events(chatEvents), read, ask);
    expect(observed.error).toBe(bare.error);
    expect(observed.value).toBe(bare.value);
  });
});

describe('what is told is true by now:', () => {
  const finish = chatEnd[0] ?? '';

  it.each(worlds)('an event without data, on which openai $version fails, is an error', async (world) => {
    const { error, call: told } = await call(world, events([...chatPieces, 'event: ping\n\n']), readAll);
    expect(error).toBeInstanceOf(SyntaxError);
    expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
  });

  it('a body that is read while its response is garbage is not abandoned', async () => {
    const wire = events([...chatPieces, ...chatEnd]);
    const { value, call: told } = await call(v7, wire, async (client) => {
      const reader = (await body(client)).getReader();
      let text = '';
      for (;;) {
        const { value: piece, done } = await reader.read();
        if (done) return text;
        text += Buffer.from(piece).toString();
        for (let turn = 0; turn < 3; turn++) {
          collectGarbage();
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
    });
    expect(value).toBe(chatEvents.join(''));
    expect(told).toMatchObject({ outcome: 'ok' });
  });

  it('a clone that is read while its origin is garbage is not abandoned', async () => {
    const { value, call: told } = await call(v7, events(chatEvents), async (client) => {
      const copy = (await client.chat.completions.create(streamed).asResponse()).clone();
      const reader = copy.body?.getReader();
      let text = '';
      for (;;) {
        const { value: piece, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done) return text;
        text += Buffer.from(piece ?? []).toString();
        for (let turn = 0; turn < 3; turn++) {
          collectGarbage();
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
    });
    expect(value).toBe(chatEvents.join(''));
    expect(told).toMatchObject({ outcome: 'ok' });
  });

  it('a chunk that cannot be parsed is an error also where [DONE] came in the same piece', async () => {
    const wire = events([...chatPieces, `${finish}data: {"id":tru}\n\ndata: [DONE]\n\n`]);
    const { error, call: told } = await call(v7, wire, readAll);
    expect(error).toBeInstanceOf(SyntaxError);
    expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
  });
});
