import { expect, test } from 'vitest';
import { settle } from '../../src/mock/endpoints/settle.ts';
import { shelfOf } from '../../src/mock/endpoints/shelf.ts';
import { type Happening, happeningsOf } from '../../src/mock/happenings.ts';
import type { ApiRequest } from '../../src/mock/route.ts';
import { routeOf } from '../../src/mock/routes.ts';
import type { World } from '../../src/mock/world.ts';
import { worldForTest } from './endpoints/world.ts';
import { createFakeClock } from './fake-clock.ts';

async function ask(
  world: World,
  path: string,
  changes: Partial<ApiRequest>,
): Promise<Record<string, unknown>> {
  const found = routeOf('POST', path);
  if (!found?.route) throw new Error(`${path} is not served`);
  const { clock, seed } = world;
  const outputTokens = { min: 8, max: 40 };
  const request: ApiRequest = {
    body: {},
    params: {},
    query: new URLSearchParams(),
    raw: Buffer.alloc(0),
    form: undefined,
    ask: { seed, callId: 'one', attempt: 0, clock, outputTokens, refuseStreamOptions: false },
    world,
    ...changes,
  };
  const answer = await found.route.answer(request);
  if (answer.kind !== 'whole') throw new Error('refused');
  answer.effect?.begin?.({} as never);
  return JSON.parse(String(answer.body));
}

async function batchOf(world: World, text: string): Promise<unknown> {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', new File([text], 'in.jsonl'));
  const file = await ask(world, '/v1/files', { form });
  const body = { input_file_id: file['id'], endpoint: '/v1/moderations', completion_window: '24h' };
  return (await ask(world, '/v1/batches', { body }))['id'];
}

test('whoever listens is told how each batch ended, until they listen no more', async () => {
  const clock = createFakeClock();
  const world = worldForTest(clock);
  const told: Happening[] = [];
  const stop = happeningsOf(world).listen((happening) => told.push(happening));
  const line = { custom_id: 'a', method: 'POST', url: '/v1/moderations', body: { input: 'Hello' } };
  const good = await batchOf(world, JSON.stringify(line));
  const bad = await batchOf(world, 'no JSON');
  expect(world.jobs).toBe(2);
  clock.advance(10_000);
  expect(world.jobs).toBe(0);
  expect(told.toSorted((a, b) => a.type.localeCompare(b.type))).toEqual([
    { type: 'batch.completed', data: { id: good } },
    { type: 'batch.failed', data: { id: bad } },
  ]);
  stop();
  await batchOf(world, 'no JSON');
  clock.advance(10_000);
  expect(told).toHaveLength(2);
});

test('what was changed while it worked is not ended by what began before', () => {
  const clock = createFakeClock();
  const world = worldForTest(clock);
  const told: Happening[] = [];
  happeningsOf(world).listen((happening) => told.push(happening));
  const settling = { from: 'running', afterMs: 100, to: () => ({ status: 'done' }), event: 'job.done' };
  const shelf = shelfOf(world);
  shelf.set('/jobs/1', { id: '1', status: 'running' });
  settle(world, '/jobs/1', settling);
  shelf.set('/jobs/1', { id: '1', status: 'cancelled' });
  clock.advance(100);
  expect(shelf.get('/jobs/1')).toEqual({ id: '1', status: 'cancelled' });
  expect(told).toEqual([]);
});
