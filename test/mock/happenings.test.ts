import { expect, test } from 'vitest';
import { settle } from '../../src/mock/endpoints/settle.ts';
import { shelfOf } from '../../src/mock/endpoints/shelf.ts';
import { type Happening, happeningsOf } from '../../src/mock/happenings.ts';
import type { Route } from '../../src/mock/route.ts';
import { routeOf } from '../../src/mock/routes.ts';
import type { World } from '../../src/mock/world.ts';
import { askRoute, worldForTest } from './endpoints/world.ts';
import { createFakeClock } from './fake-clock.ts';

function routeAt(path: string): Route {
  const found = routeOf('POST', path);
  if (!found?.route) throw new Error(`${path} is not served`);
  return found.route;
}

async function batchOf(world: World, text: string): Promise<unknown> {
  const form = new FormData();
  form.set('purpose', 'batch');
  form.set('file', new File([text], 'in.jsonl'));
  const file = await askRoute(world, routeAt('/v1/files'), { form });
  const body = { input_file_id: file['id'], endpoint: '/v1/moderations', completion_window: '24h' };
  return (await askRoute(world, routeAt('/v1/batches'), { body }))['id'];
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

test('the end of a job is told once, whether it came by itself or was brought about', async () => {
  const clock = createFakeClock();
  const world = worldForTest(clock);
  const told: string[] = [];
  happeningsOf(world).listen(({ type }) => told.push(type));
  const body = { model: 'gpt-4o-mini', training_file: 'file-1' };
  const { id } = await askRoute(world, routeAt('/v1/fine_tuning/jobs'), { body });
  const cancel = () =>
    askRoute(world, routeAt(`/v1/fine_tuning/jobs/${id}/cancel`), { params: { id: String(id) } });
  await cancel();
  await cancel();
  await askRoute(world, routeAt('/v1/fine_tuning/jobs'), { body });
  clock.advance(2_000);
  expect(told).toEqual(['fine_tuning.job.cancelled', 'fine_tuning.job.succeeded']);
});
