import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Call, callWith, observe } from '../../src/index.ts';
import { type Mock, startMock } from '../../src/mock/index.ts';

let mock: Mock;
let openai: OpenAI;

beforeEach(async () => {
  mock = await startMock();
  openai = observe(new OpenAI({ apiKey: 'k', baseURL: mock.url }));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await mock.close();
});

const ask = () =>
  openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hi' }] });

describe('onCall', () => {
  it('is told of the calls in its work, with their cost, and of no others', async () => {
    const told: Call[] = [];
    await Promise.all([
      callWith({ onCall: (call) => void told.push(call) }, async () => {
        await ask();
        await openai.models.list();
      }),
      ask(),
    ]);
    expect(told.map(({ request }) => request.operation)).toEqual(['chat', 'GET /models']);
    expect(told[0]?.costUsd).toBeGreaterThan(0);
  });

  it('is told outside and inside, the inner one first, though that throws', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const told: string[] = [];
    await callWith({ onCall: () => void told.push('outer') }, () =>
      callWith(
        {
          onCall: () => {
            told.push('inner');
            throw new Error('mine');
          },
        },
        ask,
      ),
    );
    expect(told).toEqual(['inner', 'outer']);
    expect(warn).toHaveBeenCalledOnce();
  });

  it('is told once, though it is given at several levels, and no promise of any level is left to itself', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const unhandled: unknown[] = [];
    const note = (reason: unknown): number => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const told: string[] = [];
    const outer = async (): Promise<void> => {
      told.push('outer');
      throw new Error('mine');
    };
    const inner = (): void => void told.push('inner');
    await callWith({ onCall: outer }, () =>
      callWith({ onCall: inner }, () => callWith({ onCall: outer }, ask)),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    expect(told).toEqual(['outer', 'inner']);
    expect(warn).toHaveBeenCalledOnce();
  });
});

it.each([
  [{ conversation: '' }, 'Expected `context.conversation` to be a non-empty string'],
  [
    { conversation: 'x'.repeat(257) },
    'Expected `context.conversation` to be a text of at most 256 characters',
  ],
  [{ onCall: 'me' }, 'Expected `context.onCall` to be a function'],
])('%j is refused', (context, sentence) => {
  expect(() => callWith(context as never, () => 1)).toThrow(sentence);
});
