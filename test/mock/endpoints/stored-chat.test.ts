import { expect, test } from 'vitest';
import { clients, collect, hello, named } from '../support.ts';
import { clientForTest } from './client.ts';

test.each(clients)(
  'openai $version finds the completions that it stored, streamed ones too',
  async ({ Client }) => {
    const { openai } = await clientForTest({}, Client);
    const { completions } = openai.chat;
    const asked = { model: 'gpt-4o', messages: hello };
    const whole = await completions.create({ ...asked, store: true, metadata: { a: 'b' } }, named('one'));
    await completions.create(asked, named('two'));
    const chunks = await collect(
      await completions.create({ ...asked, store: true, stream: true }, named('three')),
    );
    const stored = await collect(completions.list());
    expect(stored.map(({ id }) => id)).toEqual([whole.id, chunks[0]?.id]);
    expect((await completions.retrieve(whole.id)).choices).toEqual(whole.choices);
    const said = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('');
    expect(stored[1]?.choices[0]?.message.content).toBe(said);
    const messages = await collect(completions.messages.list(whole.id));
    expect(messages.map(({ content }) => content)).toEqual(hello.map(({ content }) => content));
    expect((await completions.update(whole.id, { metadata: { c: 'd' } })) as unknown).toMatchObject({
      metadata: { c: 'd' },
    });
    expect((await completions.delete(whole.id)).deleted).toBe(true);
    await expect(completions.retrieve(whole.id)).rejects.toMatchObject({ status: 404 });
  },
);
