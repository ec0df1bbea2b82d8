import { expect, test } from 'vitest';
import { tokensOfInput, tokensOfMessages, tokensOfText } from '../../src/mock/usage.ts';

test('a token is four characters, rounded up', () => {
  expect([0, 1, 4, 5, 8].map(tokensOfText)).toEqual([0, 1, 1, 2, 2]);
});

test('a chat adds 4 for each message and 3 for the start of the answer', () => {
  const messages = [
    { role: 'system', content: 'a'.repeat(10) },
    { role: 'user', content: 'b'.repeat(7) },
  ];
  expect(tokensOfMessages(messages, undefined)).toBe(Math.ceil(17 / 4) + 2 * 4 + 3);
});

test('parts count as their text, and what is not text as its JSON', () => {
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } };
  const tools = [{ type: 'function', function: { name: 'look' } }];
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'abcd' }, image] },
    { role: 'assistant', content: null, tool_calls: [call] },
  ];
  const characters = 4 + [image, tools[0], call].reduce((sum, part) => sum + JSON.stringify(part).length, 0);
  expect(tokensOfMessages(messages, tools)).toBe(Math.ceil(characters / 4) + 2 * 4 + 3);
});

test('a response counts its instructions as one more message', () => {
  const item = { role: 'user', content: [{ type: 'input_text', text: 'a'.repeat(8) }] };
  expect(tokensOfInput('a'.repeat(8), undefined, undefined)).toBe(2 + 4 + 3);
  expect(tokensOfInput([item], undefined, undefined)).toBe(2 + 4 + 3);
  expect(tokensOfInput([item], 'b'.repeat(4), undefined)).toBe(3 + 8 + 3);
});
