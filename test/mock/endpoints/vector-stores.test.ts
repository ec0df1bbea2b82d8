import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { clients, collect } from '../support.ts';
import { clientForTest } from './client.ts';

test.each(clients)('openai $version searches what it put into a vector store', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const upload = async (text: string) =>
    openai.files.create({ file: await toFile(Buffer.from(text), `${text}.txt`), purpose: 'assistants' });
  const [first, second] = [await upload('bridge'), await upload('river')];
  const store = await openai.vectorStores.create({ name: 'notes', file_ids: [first.id] });
  expect(store.file_counts).toMatchObject({ completed: 1, total: 1 });
  await openai.vectorStores.files.createAndPoll(store.id, {
    file_id: second.id,
    attributes: { kind: 'water' },
  });
  expect((await openai.vectorStores.retrieve(store.id)).file_counts.total).toBe(2);
  const found = await collect(openai.vectorStores.search(store.id, { query: 'water' }));
  expect(found).toHaveLength(2);
  expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a));
  expect(found.find(({ filename }) => filename === 'river.txt')).toMatchObject({
    attributes: { kind: 'water' },
    content: [{ type: 'text', text: 'river' }],
  });
  await openai.vectorStores.files.delete(second.id, { vector_store_id: store.id });
  expect(await collect(openai.vectorStores.search(store.id, { query: 'water' }))).toHaveLength(1);
  const batch = await openai.vectorStores.fileBatches.createAndPoll(store.id, {
    file_ids: [first.id, second.id],
  });
  expect(batch).toMatchObject({ status: 'completed', file_counts: { completed: 2, total: 2 } });
  const inBatch = await collect(
    openai.vectorStores.fileBatches.listFiles(batch.id, { vector_store_id: store.id }),
  );
  expect(inBatch.map(({ id }) => id).toSorted()).toEqual([first.id, second.id].toSorted());
  await expect(openai.vectorStores.files.create(store.id, { file_id: 'file-x' })).rejects.toMatchObject({
    status: 404,
  });
  await expect(openai.vectorStores.create({ file_ids: ['file-x'] })).rejects.toMatchObject({ status: 404 });
});
