import fc from 'fast-check';
import { countTokens, encode } from 'gpt-tokenizer/encoding/o200k_base';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { cutSaid, saidBefore, textSaid, tokensSaid, wordsSaid } from '../../../src/mock/answers/said.ts';
import { words } from '../../../src/mock/words.ts';
import { hello, mockForTest, named } from '../support.ts';

describe('OpenAI’s tokenizer', () => {
  test('takes each word for one token, at the beginning and after a space', () => {
    for (const word of words)
      expect([word, encode(word).length, encode(` ${word}`).length]).toEqual([word, 1, 1]);
  });

  test('counts in every generated text what the mock counts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.integer({ min: 1, max: 300 }), (seed, about, count) => {
        const said = wordsSaid(seed, about, count);
        expect(encode(said.text())).toHaveLength(said.tokens);
        const cut = cutSaid(said, Math.ceil(count / 2));
        expect(encode(cut.text())).toHaveLength(cut.tokens);
      }),
    );
  });

  test('agrees with the usage of answers, whatever the model and the endpoint', async () => {
    const mock = await mockForTest();
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    for (let n = 0; n < 20; n++) {
      const model = ['gpt-4o', 'gpt-5'][n % 2] ?? '';
      const chat = await openai.chat.completions.create({ model, messages: hello }, named(`call-${n}`));
      const { completion_tokens = 0, completion_tokens_details } = chat.usage ?? {};
      const reasoning = completion_tokens_details?.reasoning_tokens ?? 0;
      expect(countTokens(chat.choices[0]?.message.content ?? '')).toBe(completion_tokens - reasoning);
      expect(reasoning > 0).toBe(model === 'gpt-5');
      const response = await openai.responses.create({ model, input: 'Hello' }, named(`call-${n}`));
      const { output_tokens = 0, output_tokens_details } = response.usage ?? {};
      expect(countTokens(response.output_text)).toBe(
        output_tokens - (output_tokens_details?.reasoning_tokens ?? 0),
      );
    }
  });

  test('counts prompts, tool calls, JSON and embeddings where it is plugged in', async () => {
    const models = new Set<string>();
    const mock = await mockForTest({
      countTokens: (text, model) => {
        models.add(model);
        return countTokens(text);
      },
    });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
    const messages = [
      { role: 'system' as const, content: 'You are a sailor who answers in few words.' },
      { role: 'user' as const, content: 'Wozu dient ein Windbändsel? 風見' },
    ];
    const expected = messages.reduce((sum, { content }) => sum + countTokens(content), 4 * 2 + 3);
    const chat = await openai.chat.completions.create({ model: 'gpt-4o', messages });
    expect(chat.usage?.prompt_tokens).toBe(expected);
    const [system, user] = messages;
    const response = await openai.responses.create({
      model: 'gpt-4o',
      instructions: system?.content ?? '',
      input: user?.content ?? '',
    });
    expect(response.usage?.input_tokens).toBe(expected);
    const schema = { type: 'object', properties: { a: { type: 'string', minLength: 90 } }, required: ['a'] };
    const json = await openai.chat.completions.create({
      model: 'gpt-4o',
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
    });
    expect(json.usage?.completion_tokens).toBe(countTokens(json.choices[0]?.message.content ?? ''));
    const called = await openai.responses.create({
      model: 'gpt-4o',
      input: 'Hello',
      tools: [{ type: 'function', name: 'look_out', parameters: schema, strict: false }],
      tool_choice: { type: 'function', name: 'look_out' },
    });
    const [item] = called.output;
    const args = item?.type === 'function_call' ? item.arguments : '';
    expect(called.usage?.output_tokens).toBe(countTokens(args) + countTokens('look_out'));
    const embedded = await openai.embeddings.create({
      model: 'text-embedding-3-small',
      input: 'Windbändsel',
    });
    expect(embedded.usage.prompt_tokens).toBe(countTokens('Windbändsel'));
    expect([...models].sort()).toEqual(['gpt-4o', 'text-embedding-3-small']);
  });

  test('that gives no count is told of as the mock’s own failure', async () => {
    const mock = await mockForTest({ countTokens: () => Number.NaN });
    const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
    const failed = {
      status: 500,
      type: 'mock_error',
      message: expect.stringContaining('`countTokens` must give'),
    };
    const chat = openai.chat.completions.create({ model: 'gpt-4o', messages: hello });
    await expect(chat).rejects.toMatchObject(failed);
    await expect(openai.responses.create({ model: 'gpt-4o', input: 'Hello' })).rejects.toMatchObject(failed);
    await expect(openai.embeddings.create({ model: 'e', input: 'Hello' })).rejects.toMatchObject(failed);
  });
});

describe('what is said', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });

  test('comes whole in its pieces, however many tokens it has', () => {
    fc.assert(
      fc.property(text, fc.nat(80), (content, tokens) => {
        const said = textSaid(content, tokens);
        const pieces = Array.from({ length: said.pieces }, (_, index) => said.piece(index));
        expect(pieces.join('')).toBe(content);
        expect(pieces.every((piece) => piece !== '' && Buffer.from(piece).toString() === piece)).toBe(true);
        expect(tokensSaid(said, said.pieces)).toBe(said.pieces === 0 ? 0 : tokens);
      }),
    );
  });

  test('ends before the first of the texts that stop it', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(30), fc.integer({ min: 1, max: 6 }), (seed, from, length) => {
        const said = wordsSaid(seed, 'call', 20);
        const all = said.text();
        const stop = all.slice(from, from + length);
        const before = saidBefore(said, ['never', stop]);
        expect(before.text()).toBe(all.slice(0, all.indexOf(stop)));
        expect(before.tokens).toBe(before.pieces);
      }),
    );
  });
});
