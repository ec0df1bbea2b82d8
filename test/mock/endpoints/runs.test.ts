import { expect, test } from 'vitest';
import { clients, collect, named } from '../support.ts';
import { clientForTest } from './client.ts';

test.each(clients)(
  'openai $version runs an assistant over a thread, whole and streamed',
  async ({ Client }) => {
    const { openai, mock } = await clientForTest({}, Client);
    const { threads, assistants } = openai.beta;
    const assistant_id = (await assistants.create({ model: 'gpt-4o' })).id;
    const thread = await threads.create();
    await threads.messages.create(thread.id, { role: 'user', content: 'Hello' });
    const run = await threads.runs.createAndPoll(thread.id, { assistant_id }, named('one'));
    expect(run).toMatchObject({ status: 'completed', thread_id: thread.id, assistant_id, model: 'gpt-4o' });
    const messages = await collect(threads.messages.list(thread.id, { order: 'asc' }));
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
    const [step] = await collect(threads.runs.steps.list(run.id, { thread_id: thread.id }));
    expect(step).toMatchObject({
      run_id: run.id,
      step_details: { message_creation: { message_id: messages[1]?.id } },
    });
    const said: string[] = [];
    const stream = threads.runs.stream(thread.id, { assistant_id }, named('one'));
    stream.on('textDelta', ({ value }) => said.push(value ?? ''));
    const streamed = await stream.finalRun();
    expect(streamed.status).toBe('completed');
    const content = messages[1]?.content[0];
    expect(said.join('')).toBe(content?.type === 'text' ? content.text.value : undefined);
    await mock.settled();
    const used = mock.ledger().filter(({ callId }) => callId === 'one' && callId !== null);
    expect(used.find(({ method, streamed: one }) => method === 'POST' && !one)?.usage?.outputTokens).toBe(
      run.usage?.completion_tokens,
    );
  },
);

test('a run of nobody over nothing is refused', async () => {
  const { openai } = await clientForTest();
  const { threads } = openai.beta;
  const { id } = await threads.create();
  await expect(threads.runs.create(id, { assistant_id: 'asst_x' })).rejects.toMatchObject({ status: 404 });
  await expect(threads.runs.create('thread_x', { assistant_id: 'asst_x' })).rejects.toMatchObject({
    status: 404,
  });
  await expect(threads.runs.create(id, {} as never)).rejects.toMatchObject({ param: 'assistant_id' });
});
