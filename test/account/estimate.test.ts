import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateInputTokens, estimateOutputTokens } from '../../src/account/estimate.ts';

const user = (content: unknown) => ({ role: 'user', content });

describe('estimateInputTokens', () => {
  it('counts a token for four characters, and the frame of each message and of the reply', () => {
    // (4 characters of role + 40) / 4, with 3 around the message and 3 before the reply.
    expect(estimateInputTokens({ messages: [user('x'.repeat(40))] })).toBe(11 + 3 + 3);
  });

  it('is close to what the provider counts for plain English', () => {
    // OpenAI's article on tokens: this sentence has 11. One token of role and six of frames come on top.
    const content = "You miss 100% of the shots you don't take";
    const tokens = estimateInputTokens({ messages: [user(content)] }) - 7;
    expect(Math.abs(tokens - 11)).toBeLessThanOrEqual(1);
  });

  it('counts text parts like text', () => {
    const parts = [
      { type: 'text', text: 'x'.repeat(30) },
      { type: 'text', text: 'x'.repeat(10) },
    ];
    expect(estimateInputTokens({ messages: [user(parts)] })).toBe(
      estimateInputTokens({ messages: [user('x'.repeat(40))] }),
    );
  });

  it('counts a picture as a constant, whatever the size of its data', () => {
    const picture = (url: string, detail?: string) => ({ type: 'image_url', image_url: { url, detail } });
    const base = estimateInputTokens({ messages: [user([])] });
    const tokens = (part: unknown) => estimateInputTokens({ messages: [user([part])] }) - base;
    expect(tokens(picture('https://example.com/a.png'))).toBe(765);
    expect(tokens(picture(`data:image/png;base64,${'A'.repeat(1_000_000)}`))).toBe(765);
    expect(tokens(picture('https://example.com/a.png', 'low'))).toBe(85);
    expect(tokens({ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'low' })).toBe(85);
    expect(tokens({ type: 'input_audio', input_audio: { data: 'A'.repeat(1_000_000), format: 'wav' } })).toBe(
      765,
    );
    expect(tokens({ type: 'file', file: { file_data: 'A'.repeat(1_000_000) } })).toBe(765);
  });

  it('counts the calls of tools and the definitions of tools, keys included', () => {
    const plain = { messages: [{ role: 'assistant', content: null }] };
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":"Rome"}' },
    };
    const withCall = { messages: [{ role: 'assistant', content: null, tool_calls: [call] }] };
    // 7 + 15 characters, beside 9 of the role; the identifier and the type are not counted.
    expect(estimateInputTokens(withCall) - estimateInputTokens(plain)).toBe(
      Math.ceil(31 / 4) - Math.ceil(9 / 4),
    );
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'weather', parameters: schema } }];
    const characters = JSON.stringify(tools).replace(/[^a-z]/g, '').length;
    expect(estimateInputTokens({ tools })).toBe(Math.ceil(characters / 4));
  });

  it('counts the input and the instructions of Responses', () => {
    const text = 'x'.repeat(40);
    expect(estimateInputTokens({ input: text, instructions: text })).toBe(20);
    const items = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }];
    expect(estimateInputTokens({ input: items })).toBe(11 + 6);
    expect(estimateInputTokens({ input: [{ type: 'reasoning', encrypted_content: text }] })).toBe(6);
  });

  it('takes numbers in the input of embeddings for tokens', () => {
    expect(estimateInputTokens({ input: [1, 2, 3] })).toBe(3);
    expect(estimateInputTokens({ input: [[1, 2, 3], [4]] })).toBe(4);
    expect(estimateInputTokens({ input: ['x'.repeat(8), 'x'.repeat(4)] })).toBe(3);
  });

  it('gives a whole number and never throws, whatever the body', () => {
    const value = fc.anything({
      maxDepth: 4,
      withBigInt: true,
      withSparseArray: true,
      withNullPrototype: true,
    });
    const fields = ['messages', 'input', 'instructions', 'tools', 'functions', 'response_format', 'text'];
    const body = fc.dictionary(fc.constantFrom(...fields), value);
    fc.assert(
      fc.property(fc.oneof(value, body), (rubbish) => {
        const tokens = estimateInputTokens(rubbish);
        expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true);
      }),
    );
  });

  it('survives a body that throws when it is read', () => {
    const trap = {
      get content(): string {
        throw new Error('trap');
      },
    };
    expect(estimateInputTokens({ messages: [user('x'.repeat(36)), trap] })).toBe(10 + 9);
  });

  it('comes to an end on a cycle, on deep nesting and on an endless array', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    expect(estimateInputTokens({ messages: cycle })).toBeGreaterThanOrEqual(0);
    let deep: unknown = 'x';
    for (let depth = 0; depth < 100_000; depth++) deep = { content: deep };
    expect(estimateInputTokens({ messages: [deep], tools: [deep] })).toBeGreaterThan(0);
    expect(estimateInputTokens({ input: new Array(2 ** 32 - 1) })).toBe(0);
  });

  it('counts more for a longer text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, more) => {
        const tokens = estimateInputTokens({ messages: [user(text)] });
        expect(estimateInputTokens({ messages: [user(text + more)] })).toBeGreaterThanOrEqual(tokens);
      }),
    );
  });
});

describe('estimateOutputTokens', () => {
  it('counts a token for four characters', () => {
    expect(estimateOutputTokens(40, 0)).toBe(10);
    expect(estimateOutputTokens(41, 3)).toBe(11);
  });

  it('goes by the chunks where they are more, without the first and the last', () => {
    expect(estimateOutputTokens(10, 12)).toBe(10);
    expect(estimateOutputTokens(0, 12)).toBe(10);
  });

  it('is 0 for an answer without content', () => {
    expect(estimateOutputTokens(0, 0)).toBe(0);
    expect(estimateOutputTokens(0, 2)).toBe(0);
    expect(estimateOutputTokens(Number.NaN, Number.NaN)).toBe(0);
    expect(estimateOutputTokens(-5, -5)).toBe(0);
  });
});
