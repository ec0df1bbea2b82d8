import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { clients, collect } from '../support.ts';
import { clientForTest } from './client.ts';

test.each(clients)('openai $version makes, shows, changes, lists and forgets', async ({ Client }) => {
  const { openai } = await clientForTest({}, Client);
  const made = await openai.beta.assistants.create({
    model: 'gpt-4o',
    name: 'Ada',
    metadata: { shift: 'night' },
  });
  expect(made).toMatchObject({
    object: 'assistant',
    model: 'gpt-4o',
    name: 'Ada',
    metadata: { shift: 'night' },
    tools: [],
  });
  expect(made.id).toMatch(/^asst_/);
  expect(await openai.beta.assistants.retrieve(made.id)).toEqual(made);
  const changed = await openai.beta.assistants.update(made.id, { name: 'Bea', metadata: { shift: 'day' } });
  expect(changed).toEqual({ ...made, name: 'Bea', metadata: { shift: 'day' } });
  expect(await openai.beta.assistants.retrieve(made.id)).toEqual(changed);
  expect(await openai.beta.assistants.delete(made.id)).toEqual({
    id: made.id,
    object: 'assistant.deleted',
    deleted: true,
  });
  await expect(openai.beta.assistants.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
  await expect(openai.beta.assistants.create({} as never)).rejects.toMatchObject({
    status: 400,
    param: 'model',
    code: 'missing_required_parameter',
  });
});

describe('a list', () => {
  test('goes through all its pages, either way', async () => {
    const { openai } = await clientForTest();
    const ids: string[] = [];
    for (let n = 0; n < 7; n++) ids.push((await openai.vectorStores.create({ name: `${n}` })).id);
    const newest = ids.toReversed();
    expect((await collect(openai.vectorStores.list({ limit: 3 }))).map(({ id }) => id)).toEqual(newest);
    const ascending = openai.vectorStores.list({ limit: 2, order: 'asc' });
    expect((await collect(ascending)).map(({ id }) => id)).toEqual(ids);
    const before = await openai.vectorStores.list({ limit: 2, order: 'asc', before: ids[4] ?? '' });
    expect(before.data.map(({ id }) => id)).toEqual(ids.slice(2, 4));
    expect(before.has_more).toBe(true);
  });

  test('of the administration names its next page', async () => {
    const { openai } = await clientForTest();
    const ids: string[] = [];
    for (let n = 0; n < 5; n++)
      ids.push((await openai.admin.organization.groups.create({ name: `${n}` })).id);
    const groups = await collect(openai.admin.organization.groups.list({ limit: 2, order: 'asc' }));
    expect(groups.map(({ id }) => id)).toEqual(ids);
  });
});

test('what belongs to something is gone with it', async () => {
  const { openai } = await clientForTest();
  const { vaults } = openai.beta.agents;
  const vault = await vaults.create({ name: 'mine' });
  const auth = { type: 'mcp_oauth', access_token: 'secret', mcp_server_url: 'https://a.test/' } as const;
  const made = await vaults.credentials.create(vault.id, { name: 'a', auth });
  expect(JSON.stringify(made)).not.toContain('secret');
  const of = { vault_id: vault.id };
  expect((await vaults.credentials.retrieve(made.id, of)).id).toBe(made.id);
  await vaults.delete(vault.id);
  await expect(vaults.credentials.retrieve(made.id, of)).rejects.toMatchObject({ status: 404 });
  await expect(vaults.credentials.create(vault.id, { name: 'a', auth })).rejects.toMatchObject({
    status: 404,
  });
});

test('a secret is shown once', async () => {
  const { openai } = await clientForTest();
  const keys = openai.admin.organization.adminAPIKeys;
  const made = await keys.create({ name: 'main' });
  expect(made.value).toMatch(/^sk-admin-/);
  expect(await keys.retrieve(made.id)).not.toHaveProperty('value');
});

test('a setting is what it was set to, until it is deleted', async () => {
  const { openai } = await clientForTest();
  const { spendLimit } = openai.admin.organization;
  const before = await spendLimit.retrieve();
  const asked = { currency: 'USD', interval: 'month', threshold_amount: 70 } as const;
  expect((await spendLimit.update(asked)).threshold_amount).toBe(70);
  expect((await spendLimit.retrieve()).threshold_amount).toBe(70);
  expect((await spendLimit.delete()).deleted).toBe(true);
  expect(await spendLimit.retrieve()).toEqual(before);
});

test('a request that met a fault leaves nothing behind', async () => {
  const { openai, mock } = await clientForTest({
    schedule: [{ forMs: 3_600_000, faults: [{ status: 500, rate: 1 }] }],
  });
  await expect(openai.vectorStores.create({ name: 'a' })).rejects.toMatchObject({ status: 500 });
  mock.start({ schedule: [] });
  expect((await openai.vectorStores.list()).data).toEqual([]);
});

test('a job of fine-tuning comes to its end, unless it is cancelled', async () => {
  const clock = createFakeClock();
  const { openai } = await clientForTest({ clock });
  const { jobs } = openai.fineTuning;
  const asked = { model: 'gpt-4o-mini', training_file: 'file-1' };
  const [runs, paused, cancelled] = [
    await jobs.create(asked),
    await jobs.create(asked),
    await jobs.create(asked),
  ];
  expect(runs.status).toBe('running');
  expect((await jobs.pause(paused.id)).status).toBe('queued');
  expect((await jobs.cancel(cancelled.id)).status).toBe('cancelled');
  clock.advance(2_000);
  const done = await jobs.retrieve(runs.id);
  expect(done).toMatchObject({
    status: 'succeeded',
    fine_tuned_model: expect.stringMatching(/^ft:gpt-4o-mini:/),
  });
  expect((await jobs.retrieve(paused.id)).status).toBe('queued');
  expect((await jobs.retrieve(cancelled.id)).status).toBe('cancelled');
  await jobs.resume(paused.id);
  clock.advance(2_000);
  expect((await jobs.retrieve(paused.id)).status).toBe('succeeded');
  expect((await jobs.cancel(runs.id)).status).toBe('succeeded');
});

test('the same requests under the same seed make the same objects', async () => {
  async function made(seed: number) {
    const { openai } = await clientForTest({ seed, clock: createFakeClock() });
    const { id } = await openai.containers.create({ name: 'work' });
    await openai.skills.create({ files: [new File(['x'], 'skill.md')] });
    return JSON.stringify([id, (await openai.skills.list()).data, (await openai.containers.list()).data]);
  }
  const first = await made(5);
  expect(await made(5)).toBe(first);
  expect(await made(6)).not.toBe(first);
});
