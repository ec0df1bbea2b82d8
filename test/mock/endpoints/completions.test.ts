import { expect, test } from 'vitest';
import { clients, collect, named } from '../support.ts';
import { clientForTest } from './client.ts';

const model = 'gpt-3.5-turbo-instruct';

test.each(clients)('openai $version gets the same completion whole and streamed', async ({ Client }) => {
  const { openai, mock } = await clientForTest({}, Client);
  const asked = { model, prompt: 'Say it', max_tokens: 12 };
  const whole = await openai.completions.create(asked, named('one'));
  const stream = await openai.completions.create(
    { ...asked, stream: true, stream_options: { include_usage: true } },
    named('one'),
  );
  const chunks = await collect(stream);
  expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(whole.choices[0]?.text);
  expect(chunks.at(-1)?.usage).toEqual(whole.usage);
  await mock.settled();
  const [first, second] = mock.ledger();
  expect(first?.usage?.outputTokens).toBe(whole.usage?.completion_tokens);
  expect(second?.usage).toEqual(first?.usage);
});

test('each prompt gets an answer, and the usage is of all', async () => {
  const { openai } = await clientForTest();
  const { choices, usage } = await openai.completions.create({ model, prompt: ['One', 'Two', 'Three'] });
  expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(usage?.prompt_tokens).toBe(1 + 1 + 2);
});

test.each([
  [{ prompt: 'a' }],
  [{ model }],
  [{ model, prompt: [] }],
  [{ model, prompt: 4 }],
  [{ model, prompt: Array.from({ length: 2_049 }, () => 'a') }],
  [{ model, prompt: 'a', n: 2 }],
  [{ model, prompt: ['a', 'b'], stream: true }],
])('%j is refused', async (body) => {
  const { openai } = await clientForTest();
  await expect(openai.completions.create(body as never)).rejects.toMatchObject({ status: 400 });
});
