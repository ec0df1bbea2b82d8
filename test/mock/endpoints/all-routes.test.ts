import { expect, test } from 'vitest';
import { routes } from '../../../src/mock/routes.ts';
import { mockForTest } from '../support.ts';

/** Calls and checkpoints come by other ways than the API, so the mock goes by their names; certificates are the organisation's. */
const anythingGoes = [
  '/realtime/calls/:id/hangup',
  '/realtime/calls/:id/reject',
  '/fine_tuning/checkpoints/:checkpoint/permissions',
  '/organization/projects/:project/',
];

const withIds = routes.filter(
  ({ path, takes }) =>
    path.includes('/:') && takes !== 'form' && !anythingGoes.some((one) => path.startsWith(one)),
);

test('every endpoint that names something refuses what is not there', async () => {
  const mock = await mockForTest();
  expect(withIds.length).toBeGreaterThan(150);
  const wrong: string[] = [];
  for (const { method, path } of withIds) {
    const response = await fetch(mock.url + path.replace(/:\w+/g, 'nobody'), {
      method,
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
    });
    const text = await response.text();
    const message = response.status === 404 ? JSON.parse(text).error.message : '';
    if (response.status !== 404 || !message.includes('nobody') || message.startsWith('Invalid URL'))
      wrong.push(`${method} ${path}: ${response.status} ${text}`);
  }
  expect(wrong).toEqual([]);
});

test('every endpoint wants a key', async () => {
  const mock = await mockForTest();
  const statuses = new Set<number>();
  for (const { method, path } of routes) {
    statuses.add((await fetch(mock.url + path.replace(/:\w+/g, 'nobody'), { method })).status);
  }
  expect([...statuses]).toEqual([401]);
});

test('every endpoint that takes JSON refuses what is none', async () => {
  const mock = await mockForTest();
  const wrong: string[] = [];
  for (const { method, path, takes } of routes) {
    if (method !== 'POST' || takes === 'form' || path.includes('/:')) continue;
    const headers = { authorization: 'Bearer any', 'content-type': 'application/json' };
    const { status } = await fetch(mock.url + path, { method, headers, body: '{"a":' });
    if (status !== 400) wrong.push(`${path}: ${status}`);
  }
  expect(wrong).toEqual([]);
});

test('no route is hidden by another', () => {
  const seen = routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
  const twice = seen.filter((route, index) => seen.indexOf(route) !== index);
  // What is done by hand comes before what the table of its family would do.
  expect(twice.toSorted()).toEqual(['POST /agents/sessions', 'POST /vector_stores']);
});
