import { describe, expect, test } from 'vitest';
import { type Call, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { type World, worlds } from '../contract/worlds.ts';
import { answers, finish, json, role, type Step, startSteps, streams, text } from './steps-server.ts';

const question = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Hello' }],
  max_completion_tokens: 20,
};
const event = (body: object): string => `data: ${JSON.stringify(body)}\n\n`;
const usage = { prompt_tokens: 3, completion_tokens: 20, total_tokens: 23 };
const done = 'data: [DONE]\n\n';
const spent = event({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'length' }], usage });

async function setUp({ OpenAI }: World, step: Step, options: ObserveOptions) {
  const server = await startSteps([step]);
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: server.url }), options);
  const calls: Readonly<Call>[] = [];
  telltale(openai).on('call', (call) => calls.push(call));
  let said = '';
  const read = async (): Promise<void> => {
    for await (const { choices } of await openai.chat.completions.create({ ...question, stream: true }))
      said += choices[0]?.delta.content ?? '';
  };
  return { openai, calls, read, said: () => said };
}

/** However the pieces arrive. */
const cuts = (all: string): (readonly string[])[] => [
  [all],
  all.split(/(?<=\n\n)/),
  [all.slice(0, -9), all.slice(-9)],
];

describe.each(worlds)('the end of an answer as an error, openai $version', (world) => {
  describe.each([0, 1, 2])('in pieces of kind %i', (kind) => {
    test.each([
      ['ends without a finish', role + text('Hel') + text('lo')],
      ['says of no choice why it ends', role + text('Hel') + text('lo') + done],
    ])('a stream that %s throws behind all that came', async (_, all) => {
      for (const onTruncated of ['error', 'report'] as const) {
        const { calls, read, said } = await setUp(world, streams(cuts(all)[kind] ?? []), { onTruncated });
        const error = await read().catch((caught: unknown) => caught);
        expect(said()).toBe('Hello');
        if (onTruncated === 'error') {
          expect(error).toBeInstanceOf(world.OpenAI.APIError);
          expect(error).toMatchObject({
            code: 'truncated',
            cause: { name: 'TelltaleError', code: 'truncated' },
          });
        } else expect(error).toBeUndefined();
        expect(calls).toMatchObject([{ outcome: 'truncated', errorType: 'truncated' }]);
      }
    });

    test('a stream that was billed and shows nothing throws, and says what to raise', async () => {
      for (const onEmpty of ['error', 'report'] as const) {
        const { calls, read } = await setUp(world, streams(cuts(role + spent + done)[kind] ?? []), {
          onEmpty,
        });
        const error = await read().catch((caught: unknown) => caught);
        if (onEmpty === 'error') {
          expect(error).toBeInstanceOf(world.OpenAI.APIError);
          expect(error).toMatchObject({ code: 'empty', cause: { code: 'empty' } });
          expect(String(error)).toContain('raise `max_completion_tokens`');
        } else expect(error).toBeUndefined();
        expect(calls).toMatchObject([{ outcome: 'empty', usage: { source: 'provider', outputTokens: 20 } }]);
        expect(calls[0]?.costUsd).toBeGreaterThan(0);
      }
    });

    test('a good stream is as it was', async () => {
      const { calls, read, said } = await setUp(
        world,
        streams(cuts(role + text('Hel') + text('lo') + finish)[kind] ?? []),
        { onTruncated: 'error', onEmpty: 'error', retry: {}, deadlineMs: 60_000 },
      );
      await read();
      expect(said()).toBe('Hello');
      expect(calls).toMatchObject([{ outcome: 'ok' }]);
    });
  });

  test('JSON that was billed and shows nothing throws, and its tokens are counted', async () => {
    const body = {
      id: 'a',
      model: 'gpt-5-mini',
      choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'length' }],
      usage,
    };
    for (const onEmpty of ['error', 'report'] as const) {
      const { openai, calls } = await setUp(world, json(200, body), { onEmpty });
      const error = await openai.chat.completions.create(question).catch((caught: unknown) => caught);
      expect(error instanceof world.OpenAI.APIError).toBe(onEmpty === 'error');
      if (onEmpty === 'error') expect(error).toMatchObject({ code: 'empty', cause: { code: 'empty' } });
      expect(calls).toMatchObject([{ outcome: 'empty', usage: { source: 'provider', outputTokens: 20 } }]);
      expect(calls[0]?.costUsd).toBeGreaterThan(0);
    }
  });

  test('JSON that shows something is as it was', async () => {
    const { openai, calls } = await setUp(world, answers, { onEmpty: 'error', onTruncated: 'error' });
    expect((await openai.chat.completions.create(question)).choices[0]?.message.content).toBe('Hello');
    expect(calls).toMatchObject([{ outcome: 'ok', usage: { outputTokens: 1 } }]);
  });

  test('a response stream without its last event throws', async () => {
    const pieces = [
      event({ type: 'response.created', response: { id: 'r', status: 'in_progress' } }),
      event({ type: 'response.output_text.delta', delta: 'Hel' }),
    ];
    const { openai, calls } = await setUp(world, streams(pieces), { onTruncated: 'error' });
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { type } of await openai.responses.create({
        model: 'gpt-5',
        input: 'x',
        stream: true,
      }))
        seen.push(type);
    };
    await expect(read()).rejects.toMatchObject({ code: 'truncated' });
    expect(seen).toHaveLength(2);
    expect(calls).toMatchObject([{ outcome: 'truncated' }]);
  });
});

test('another word than error or report is refused', () => {
  const [, , { OpenAI }] = worlds as [World, World, World];
  const options = { onEmpty: 'throw' } as unknown as ObserveOptions;
  expect(() => observe(new OpenAI({ apiKey: 'k' }), options)).toThrow(
    "options.onEmpty` to be 'error' or 'report'",
  );
});
