import { describe, expect, test } from 'vitest';
import { background, memoryRecords } from '../../../src/patterns/index.ts';
import { clientOf, clients, created, jobsOf, mockForTest, request } from './support.ts';

describe.each(clients)('openai $version', ({ Client }) => {
  test('starts a job, polls it, and gives its answer', async () => {
    const mock = await mockForTest();
    const jobs = jobsOf(mock, { client: clientOf(mock, Client) });
    const job = await jobs.start(request, { id: 'report-7' });
    expect(job).toMatchObject({ id: 'report-7', state: 'queued', via: 'background' });
    const types: string[] = [];
    for await (const event of job.progress()) types.push(event.type);
    const response = await job.done;
    expect(response.status).toBe('completed');
    expect(response.output_text).not.toBe('');
    expect(types.at(0)).toBe('starting');
    expect(types.filter((type) => type === 'completed')).toEqual(['completed']);
    expect(types.at(-1)).toBe('completed');
    expect(job.cost).toMatchObject({ usd: expect.any(Number), unknown: 0 });
    expect(created(mock)).toHaveLength(1);
  });
});

test('waits for one in a line', async () => {
  const mock = await mockForTest();
  const response = await background(clientOf(mock), request, { delaysMs: [5] });
  expect(response.status).toBe('completed');
});

test('gives the same job for the same id', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const jobs = jobsOf(mock, { store });
  const [one, other] = await Promise.all([
    jobs.start(request, { id: 'a' }),
    jobs.start(request, { id: 'a' }),
  ]);
  expect(one).toBe(other);
  await one.done;
  const again = await jobs.start(request, { id: 'a' });
  expect(await again.done).toEqual(await one.done);
  expect(created(mock)).toHaveLength(1);
});
