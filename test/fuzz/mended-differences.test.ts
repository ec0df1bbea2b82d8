import type OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { chatEnd, chatEvents, chatPieces } from '../contract/answers.ts';
import { worldOf, worlds } from '../contract/worlds.ts';
import { body, call, events, readAll } from './one-call.ts';

const v7 = worldOf('7.57.0');

describe('the caller sees no difference any more:', () => {
  it('pipeTo() of a locked body rejects, and does not throw', async () => {
    const pipe = async (client: OpenAI): Promise<string> => {
      const stream = await body(client);
      stream.getReader();
      try {
        const piped = stream.pipeTo(new WritableStream());
        return await piped.then(
          () => 'piped',
          () => 'rejected',
        );
      } catch {
        return 'thrown';
      }
    };
    const bare = await call(v7, events(chatEvents), pipe, false);
    expect((await call(v7, events(chatEvents), pipe)).value).toBe(bare.value);
  });

  it('a body whose pipeTo() has failed with preventCancel can be read on', async () => {
    const pipe = async (client: OpenAI): Promise<unknown> => {
      const stream = await body(client);
      const full = new WritableStream({
        write: () => {
          throw new Error('full');
        },
      });
      await stream.pipeTo(full, { preventCancel: true }).catch(() => {});
      return stream.locked;
    };
    const bare = await call(v7, events(chatEvents), pipe, false);
    expect((await call(v7, events(chatEvents), pipe)).value).toBe(bare.value);
  });
});

describe('what is told is true by now:', () => {
  const finish = chatEnd[0] ?? '';

  it.each(worlds)(
    'a stream that openai $version cannot parse is an error, finished or not',
    async (world) => {
      const wire = events([...chatPieces, `data: {"id":tru}\n\n${finish}`]);
      const { error, call: told } = await call(world, wire, readAll);
      expect(error).toBeInstanceOf(SyntaxError);
      expect(told).toMatchObject({ outcome: 'error', errorType: 'malformed_response' });
    },
  );

  it.each(worlds)(
    'a connection of openai $version that breaks behind the finish is an error',
    async (world) => {
      const { error, call: told } = await call(world, events([...chatPieces, finish], 'reset'), readAll);
      expect(error).toBeInstanceOf(TypeError);
      expect(told).toMatchObject({ outcome: 'error', errorType: 'connection_error' });
    },
  );

  it.each([
    ['a text', '"boom"'],
    ['true', 'true'],
    ['a list', '[]'],
  ])('an error in a stream that is %s is one', async (_, error) => {
    const wire = events([...chatPieces, `data: {"error":${error}}\n\n`]);
    const outcome = await call(v7, wire, readAll);
    expect(outcome.error).toBeInstanceOf(v7.OpenAI.APIError);
    expect(outcome.call).toMatchObject({ outcome: 'error', errorType: 'provider_error' });
  });

  it('a stream that begins with a byte order mark is read from its first event', async () => {
    const spread = JSON.stringify(JSON.parse((chatPieces[0] ?? '').slice(6)), null, 1)
      .split('\n')
      .map((line) => `data: ${line}\n`)
      .join('');
    const { value, call: told } = await call(v7, events([`\ufeff${spread}\n`, ...chatEnd]), readAll);
    expect(value).toHaveLength(2);
    expect(told).toMatchObject({ outcome: 'ok' });
  });

  it('what comes behind [DONE] does not count', async () => {
    const { error, call: told } = await call(
      v7,
      events([`${chatEvents.join('')}data: {"error":{"message":"late"}}\n\n`]),
      readAll,
    );
    expect(error).toBeUndefined();
    expect(told).toMatchObject({ outcome: 'ok' });
  });
});
