import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { clients, collect } from '../support.ts';
import { clientForTest } from './client.ts';

const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));

test.each(clients)('openai $version uploads a file and gets its bytes back', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const file = await openai.files.create({ file: await toFile(bytes, 'numbers.bin'), purpose: 'user_data' });
  expect(file).toMatchObject({
    object: 'file',
    bytes: bytes.length,
    filename: 'numbers.bin',
    purpose: 'user_data',
  });
  expect(file.id).toMatch(/^file-/);
  expect(await openai.files.retrieve(file.id)).toEqual(file);
  expect((await openai.files.waitForProcessing(file.id)).status).toBe('processed');
  const content = await openai.files.content(file.id);
  expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
  expect(await openai.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
  await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({
    status: 404,
    error: {
      message: `No such File object: ${file.id}`,
      type: 'invalid_request_error',
      param: 'id',
      code: null,
    },
  });
});

test('files are listed newest first, in pages, by purpose', async () => {
  const { openai } = await clientForTest();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) {
    const purpose = n === 2 ? 'evals' : 'user_data';
    ids.push((await openai.files.create({ file: await toFile(Buffer.from([n]), `${n}`), purpose })).id);
  }
  const newest = ids.toReversed();
  expect((await collect(openai.files.list({ limit: 2 }))).map(({ id }) => id)).toEqual(newest);
  expect((await collect(openai.files.list({ limit: 2, order: 'asc' }))).map(({ id }) => id)).toEqual(ids);
  const [, , third] = ids;
  expect((await collect(openai.files.list({ purpose: 'evals' }))).map(({ id }) => id)).toEqual([third]);
  const page = await openai.files.list({ limit: 2 });
  expect(page.has_more).toBe(true);
  expect(page.data).toHaveLength(2);
  await expect(openai.files.list({ after: 'file-nobody' })).rejects.toMatchObject({
    status: 400,
    param: 'after',
  });
  await expect(openai.files.list({ limit: 0 })).rejects.toMatchObject({ code: 'integer_below_min_value' });
});

test('an upload with a mistake in it is refused', async () => {
  const { openai } = await clientForTest();
  const file = await toFile(Buffer.from('x'), 'x');
  const purpose = 'weather' as 'evals';
  await expect(openai.files.create({ file, purpose })).rejects.toMatchObject({
    status: 400,
    error: {
      message:
        "'weather' is not one of ['assistants', 'batch', 'fine-tune', 'vision', 'user_data', 'evals'] - 'purpose'",
    },
  });
  const soon = { anchor: 'created_at', seconds: 3_599 } as const;
  await expect(openai.files.create({ file, purpose: 'evals', expires_after: soon })).rejects.toMatchObject({
    status: 400,
    param: 'expires_after.seconds',
  });
  await expect(openai.files.create({ purpose: 'evals' } as never)).rejects.toMatchObject({
    status: 400,
    error: { message: "'file' is a required property" },
  });
});

test('a file is gone when it has expired', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const expires_after = { anchor: 'created_at', seconds: 3_600 } as const;
  const file = await openai.files.create({ file: await toFile(bytes, 'x'), purpose: 'evals', expires_after });
  expect(file.expires_at).toBe(file.created_at + 3_600);
  clock.advance(3_599_000);
  expect((await openai.files.list()).data).toHaveLength(1);
  clock.advance(1_000);
  expect((await openai.files.list()).data).toHaveLength(0);
});

test('a file whose upload met a fault is not there', async () => {
  const { openai, mock } = await clientForTest({
    schedule: [{ forMs: 3_600_000, faults: [{ status: 503, rate: 1 }] }],
  });
  const file = await toFile(bytes, 'x');
  await expect(openai.files.create({ file, purpose: 'evals' })).rejects.toMatchObject({ status: 503 });
  mock.start({ schedule: [] });
  expect((await openai.files.list()).data).toHaveLength(0);
});

test.each(clients)('openai $version uploads in parts, in the order of their ids', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const announced = { bytes: 6, filename: 'six.txt', mime_type: 'text/plain', purpose: 'user_data' } as const;
  const upload = await openai.uploads.create(announced);
  expect(upload).toMatchObject({
    object: 'upload',
    status: 'pending',
    bytes: 6,
    expires_at: upload.created_at + 3_600,
  });
  const second = await openai.uploads.parts.create(upload.id, {
    data: await toFile(Buffer.from('def'), 'b'),
  });
  const first = await openai.uploads.parts.create(upload.id, { data: await toFile(Buffer.from('abc'), 'a') });
  expect(first).toMatchObject({ object: 'upload.part', upload_id: upload.id });
  await expect(openai.uploads.complete(upload.id, { part_ids: [first.id] })).rejects.toMatchObject({
    status: 400,
    error: { message: expect.stringContaining('3 bytes') },
  });
  await expect(openai.uploads.complete(upload.id, { part_ids: ['part_x'] })).rejects.toMatchObject({
    status: 400,
  });
  const part_ids = [first.id, second.id];
  await expect(openai.uploads.complete(upload.id, { part_ids, md5: 'f00' })).rejects.toMatchObject({
    param: 'md5',
  });
  const md5 = 'e80b5017098950fc58aad83c8c14978e';
  const done = await openai.uploads.complete(upload.id, { part_ids, md5 });
  expect(done.status).toBe('completed');
  expect(await (await openai.files.content(done.file?.id ?? '')).text()).toBe('abcdef');
  await expect(openai.uploads.cancel(upload.id)).rejects.toMatchObject({ status: 400 });
});

test('an upload that is cancelled, expired or unknown takes nothing', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const announced = { bytes: 3, filename: 'three', mime_type: 'text/plain', purpose: 'user_data' } as const;
  const data = await toFile(Buffer.from('abc'), 'a');
  const cancelled = await openai.uploads.create(announced);
  expect((await openai.uploads.cancel(cancelled.id)).status).toBe('cancelled');
  const expired = await openai.uploads.create(announced);
  clock.advance(3_600_000);
  for (const { id } of [cancelled, expired])
    await expect(openai.uploads.parts.create(id, { data })).rejects.toMatchObject({ status: 400 });
  await expect(openai.uploads.parts.create('upload_x', { data })).rejects.toMatchObject({ status: 404 });
  await expect(openai.uploads.create({ ...announced, bytes: 0 })).rejects.toMatchObject({ param: 'bytes' });
});
