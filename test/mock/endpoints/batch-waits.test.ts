import { expect, test } from 'vitest';
import { json } from '../../../src/mock/endpoints/answers.ts';
import { batchRoutes } from '../../../src/mock/endpoints/batches.ts';
import { filesOf } from '../../../src/mock/endpoints/file-store.ts';
import type { Route } from '../../../src/mock/route.ts';
import type { World } from '../../../src/mock/world.ts';
import { createFakeClock } from '../fake-clock.ts';
import { askRoute, worldForTest } from './world.ts';

/** A batch of one line whose endpoint answers when it is told to. */
async function waiting({ clock = createFakeClock(), world = worldForTest(clock) } = {}) {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  const slow: Route = {
    endpoint: 'chat',
    method: 'POST',
    path: '/chat/completions',
    answer: () => promise.then(() => json({ said: 'Hello' })),
  };
  const routes = batchRoutes([slow]);
  const routeOf = (method: string, path: string) => {
    const found = routes.find((route) => route.method === method && route.path === path);
    return found ?? expect.fail(`${method} ${path} is not there`);
  };
  const line = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: {} };
  const bytes = Buffer.from(JSON.stringify(line));
  const file = filesOf(world).make({ bytes, filename: 'in.jsonl', purpose: 'batch' });
  filesOf(world).keep(file);
  const body = { input_file_id: file.object.id, endpoint: line.url, completion_window: '24h' };
  const { id } = await askRoute(world, routeOf('POST', '/batches'), { body });
  const params = { id: String(id) };
  return {
    world,
    resolve: () => resolve(),
    retrieve: () => askRoute(world, routeOf('GET', '/batches/:id'), { params }),
    cancel: () => askRoute(world, routeOf('POST', '/batches/:id/cancel'), { params }),
    /** All that falls due, and what promises bring. */
    async settle() {
      for (let n = 0; n < 50; n++) {
        clock.advance(200);
        await Promise.resolve();
      }
    },
  };
}

function textOf(world: World, fileId: unknown): string {
  return filesOf(world).get(String(fileId))?.bytes.toString('utf8') ?? '';
}

test('a batch whose time was over before it was checked expires at once, by no timer that lies in the past', async () => {
  const clock = createFakeClock();
  const delaysMs: number[] = [];
  const schedule: typeof clock.schedule = (task, delayMs, kind) => {
    delaysMs.push(delayMs);
    return clock.schedule(task, delayMs, kind);
  };
  const world = worldForTest({ ...clock, schedule }, { windowMs: 1, validatingMs: 1_000 });
  const { retrieve, settle } = await waiting({ clock, world });
  await settle();
  expect(await retrieve()).toMatchObject({ status: 'expired' });
  expect(Math.min(...delaysMs)).toBe(0);
});

test('a batch waits for a line whose endpoint takes its time', async () => {
  const { world, resolve, retrieve, settle } = await waiting();
  await settle();
  expect(await retrieve()).toMatchObject({ status: 'in_progress', request_counts: { completed: 0 } });
  resolve();
  await settle();
  const done = await retrieve();
  expect(done).toMatchObject({ status: 'completed', request_counts: { total: 1, completed: 1, failed: 0 } });
  expect(textOf(world, done['output_file_id'])).toContain('"body":{"said":"Hello"}');
});

test('what comes after a batch was cancelled is not counted any more', async () => {
  const { world, resolve, retrieve, cancel, settle } = await waiting();
  await settle();
  expect(await cancel()).toMatchObject({ status: 'cancelling' });
  await settle();
  resolve();
  await settle();
  const done = await retrieve();
  expect(done).toMatchObject({ status: 'cancelled', request_counts: { total: 1, completed: 0, failed: 1 } });
  expect(textOf(world, done['error_file_id'])).toContain('batch_cancelled');
  expect(world.jobs).toBe(0);
});
