import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type BackgroundJob, type JobEvent, memoryRecords } from '../../../src/patterns/index.ts';
import { registerMetrics } from '../../observe/support.ts';
import { created, jobsOf, mockForTest, request, secret, signed, type TestFetch } from './support.ts';

const ends = ['completed', 'incomplete', 'failed', 'cancelled', 'expired'];

/** Something that may end a job, at one of three processes. */
const happening = fc.record({
  what: fc.constantFrom('webhook', 'webhook', 'cancel', 'close', 'resume'),
  at: fc.nat(2),
  afterMs: fc.nat(30),
});

/** How many jobs have ended, by the metric. */
async function countedBy(metrics: ReturnType<typeof registerMetrics>): Promise<number> {
  const points = await metrics.points();
  return points
    .filter(({ name }) => name === 'telltale.jobs')
    .reduce((sum, { value }) => sum + Number(value), 0);
}

test('a job has one end, whatever happens at which process', async () => {
  const metrics = registerMetrics();
  onTestFinished(async () => await metrics.stop());
  const mock = await mockForTest({ background: { queuedMs: 2, runsMs: 15, sigma: 0.8, failRate: 0.2 } });
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 6 }), fc.boolean(), async (happenings, isShort) => {
      const [before, makings] = [await countedBy(metrics), created(mock).length];
      const store = memoryRecords();
      const events: JobEvent[][] = [[], [], []];
      const processes = events.map((told) =>
        jobsOf(mock, {
          store,
          webhookSecret: secret,
          delaysMs: [4, 9],
          onProgress: (event) => told.push(event),
        }),
      );
      const started = await processes[0]?.start(request, { id: 'a', ...(isShort && { deadlineMs: 20 }) });
      const { body, headers } = signed({ type: 'response.completed', data: { id: started?.responseId } });
      const happened = await Promise.allSettled(
        happenings.map(async ({ what, at, afterMs }) => {
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          const jobs = processes[at];
          if (what === 'webhook') await jobs?.webhook(body, headers);
          else if (what === 'close') await jobs?.close();
          else if (what === 'resume') await jobs?.resume();
          else await (await jobs?.get('a'))?.cancel();
        }),
      );
      const last = jobsOf(mock, { store, webhookSecret: secret });
      const job = (await last.get('a')) as BackgroundJob;
      await job.done.catch(() => undefined);
      expect(ends).toContain(job.state);
      await Promise.all([...processes, last].map((jobs) => jobs.close()));
      // What a process is asked while it closes is refused: a webhook comes again then.
      const closed = happenings.filter(({ what }) => what === 'close').map(({ at }) => at);
      for (const [index, { status }] of happened.entries())
        if (status === 'rejected') expect(closed).toContain(happenings[index]?.at);
      for (const told of events) {
        const ended = told.filter(({ type }) => ends.includes(type));
        expect(ended.length).toBeLessThanOrEqual(1);
        for (const { type } of ended) expect(type).toBe(job.state);
      }
      expect((await countedBy(metrics)) - before).toBe(1);
      expect(created(mock)).toHaveLength(makings + 1);
    }),
    { numRuns: 30 },
  );
}, 60_000);

test('sends a job again whose answer got lost, with the same key, and counts it', async () => {
  const mock = await mockForTest();
  let isLost = true;
  const loses: TestFetch = async (url, init) => {
    const response = await fetch(url, init);
    if (!isLost) return response;
    isLost = false;
    throw new TypeError('the connection broke');
  };
  const jobs = jobsOf(mock, {}, { fetch: loses });
  await expect(jobs.start(request, { id: 'a' })).rejects.toThrow('Connection error.');
  const job = await jobs.start(request, { id: 'a' });
  expect((await job.done).status).toBe('completed');
  expect(created(mock)).toHaveLength(2);
  expect(new Set(created(mock).map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
  expect(job.cost).toMatchObject({ usd: expect.any(Number), unknown: 1 });
  const types: string[] = [];
  for await (const { type } of job.progress()) types.push(type);
  expect(types).toEqual(['starting', 'repeated', 'queued', ...types.slice(3, -1), 'completed']);
});

test('names the job in the metadata of its response, where there is room', async () => {
  const mock = await mockForTest();
  const jobs = jobsOf(mock);
  const one = await jobs.start({ ...request, metadata: { mine: '1' } }, { id: 'a' });
  expect((await one.done).metadata).toEqual({ mine: '1', telltale_job: 'a' });
  const full = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'v']));
  const other = await jobs.start({ ...request, metadata: full }, { id: 'b' });
  expect((await other.done).metadata).toEqual(full);
});
