import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chatBody, failure, json } from './answers.ts';
import { chatParams } from './contract-case.ts';
import { perform } from './perform.ts';
import { SpanBook } from './span-book.ts';
import { worlds } from './worlds.ts';

const foreign = '00-11111111111111111111111111111111-2222222222222222-01';

describe.each(worlds)('trace headers of openai $version', (world) => {
  let book: SpanBook;
  beforeAll(() => {
    book = new SpanBook();
  });
  afterAll(() => book.close());

  it("never replace the caller's own", async () => {
    const { traceparents } = await perform(
      {
        script: [failure(503), json(chatBody)],
        run: ({ client }) =>
          client.chat.completions.create(chatParams, { headers: { traceparent: foreign } }),
      },
      world,
      true,
    );
    expect(traceparents).toEqual([foreign, foreign]);
  });

  it('never replace those that the client always sends', async () => {
    const { traceparents } = await perform(
      {
        script: [json(chatBody)],
        options: { defaultHeaders: { traceparent: foreign } },
        run: ({ client }) => client.chat.completions.create(chatParams),
      },
      world,
      true,
    );
    expect(traceparents).toEqual([foreign]);
  });

  it('differ from attempt to attempt and leave no trace in the options', async () => {
    const options = { headers: { 'x-a': '1' } };
    const { traceparents } = await perform(
      {
        script: [failure(503), json(chatBody)],
        run: ({ client }) => client.chat.completions.create(chatParams, options),
      },
      world,
      true,
    );
    expect(new Set(traceparents).size).toBe(2);
    expect(options).toEqual({ headers: { 'x-a': '1' } });
  });

  it('are gone when the SDK is', async () => {
    await book.close();
    const { traceparents } = await perform(
      { script: [json(chatBody)], run: ({ client }) => client.chat.completions.create(chatParams) },
      world,
      true,
    );
    expect(traceparents).toEqual([undefined]);
    book = new SpanBook();
  });
});
