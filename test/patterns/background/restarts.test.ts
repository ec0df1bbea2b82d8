import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { inSpan, telltale } from '../../../src/index.ts';
import { type JobEvent, memoryRecords, type RecordStore } from '../../../src/patterns/index.ts';
import { type Point, registerMetrics, registerTracing } from '../../observe/support.ts';
import { clientOf, created, jobsOf, mockForTest, request } from './support.ts';

/** Nothing is asked until it is closed. */
const never = { delaysMs: [3_600_000] };

let tracing: ReturnType<typeof registerTracing>;
let metrics: ReturnType<typeof registerMetrics>;
beforeEach(() => {
  tracing = registerTracing();
  metrics = registerMetrics();
});
afterEach(async () => {
  await metrics.stop();
  await tracing.stop();
});

const named = (name: string) => tracing.spans.getFinishedSpans().filter((span) => span.name === name);
const millis = ([seconds, nanos]: readonly [number, number]) => seconds * 1_000 + nanos / 1e6;

test('goes on with every job of an earlier life, in its trace, and books what it cost', async () => {
  const mock = await mockForTest({ background: { queuedMs: 20, runsMs: 150, sigma: 0 } });
  const store = memoryRecords();
  const first = jobsOf(mock, { store, ...never });
  const before = await inSpan('request', {}, () => first.start(request, { id: 'a' }));
  await first.start({ ...request, input: 'Another.' }, { id: 'b' });
  await first.close();
  await expect(before.done).rejects.toThrow('`resume` goes on');

  const client = clientOf(mock);
  const second = jobsOf(mock, { store, client });
  const { jobs, unreadable } = await second.resume();
  expect(unreadable).toEqual([]);
  expect(jobs.map(({ id }) => id).toSorted()).toEqual(['a', 'b']);
  const responses = await Promise.all(jobs.map(({ done }) => done));
  expect(responses.map(({ status }) => status)).toEqual(['completed', 'completed']);
  expect(created(mock)).toHaveLength(2);

  const costs = jobs.map(({ cost }) => cost.usd ?? Number.NaN);
  expect(telltale(client).stats().cost.usd).toBeCloseTo(
    costs.reduce((sum, usd) => sum + usd, 0),
    12,
  );
  expect(jobs.every(({ cost }) => cost.unknown === 0 && (cost.usage?.outputTokens ?? 0) > 0)).toBe(true);

  await second.close();
  const [root] = named('request');
  const start = named('background job start').find(
    ({ parentSpanContext }) => parentSpanContext?.spanId === root?.spanContext().spanId,
  );
  const ends = named('background job');
  expect(ends).toHaveLength(2);
  const end = ends.find((span) => span.spanContext().traceId === root?.spanContext().traceId);
  expect(end?.parentSpanContext?.spanId).toBe(start?.spanContext().spanId);
  expect(end?.attributes).toMatchObject({
    'telltale.job.state': 'completed',
    'telltale.job.told_by': 'poll',
  });
  // From its start to its end, though another process began it.
  expect(millis(end?.startTime ?? [0, 0])).toBeLessThanOrEqual(millis(start?.endTime ?? [0, 0]) + 1);
  const waits = named('background job wait').filter(
    (span) => span.spanContext().traceId === root?.spanContext().traceId,
  );
  expect(end?.links.map(({ context }) => context.spanId)).toEqual([waits.at(-1)?.spanContext().spanId]);
  expect(before.traceId).toBe(root?.spanContext().traceId);
});

test('measures each job once, whichever process ends it', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const [one, other] = [jobsOf(mock, { store }), jobsOf(mock, { store })];
  const job = await one.start(request, { id: 'a' });
  const { jobs } = await other.resume();
  await Promise.all([job.done, jobs[0]?.done]);
  expect(created(mock)).toHaveLength(1);
  const points = await metrics.points();
  const counted = points.filter(({ name }: Point) => name === 'telltale.jobs');
  expect(counted.map(({ value, attributes }) => [value, attributes])).toEqual([
    [1, { 'telltale.job.state': 'completed', 'telltale.job.told_by': 'poll' }],
  ]);
  expect(named('background job')).toHaveLength(1);
});

test('goes on where the process that worked on it closes', async () => {
  const mock = await mockForTest({ background: { queuedMs: 5, runsMs: 100, sigma: 0 } });
  const store = memoryRecords();
  const [one, other] = [jobsOf(mock, { store }), jobsOf(mock, { store })];
  await one.start(request, { id: 'a' });
  const { jobs } = await other.resume();
  await one.close();
  expect((await jobs[0]?.done)?.status).toBe('completed');
});

test.each([
  { deadlineAtMs: 'soon' },
  { begunMs: null },
  { endedMs: {} },
  { responseId: 7 },
  { responseId: undefined },
  { traceparent: 'nowhere' },
])('takes a record with %j for damaged, and asks nothing for it', async (damage) => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const first = jobsOf(mock, { store, ...never });
  await first.start(request, { id: 'a' });
  await first.close();
  const { value } = (await store.read('job/a')) ?? {};
  await store.write('job/a', { ...(value as object), ...damage });
  const jobs = jobsOf(mock, { store });
  const { jobs: found, unreadable } = await jobs.resume();
  expect(found).toEqual([]);
  expect(unreadable).toMatchObject([{ id: 'a', error: { code: 'record_damaged' } }]);
  expect(mock.ledger()).toHaveLength(1);
});

test('reads a job whose deadline is as far off as can be', async () => {
  const mock = await mockForTest();
  const job = await jobsOf(mock).start(request, { deadlineMs: Number.MAX_SAFE_INTEGER });
  expect((await job.done).status).toBe('completed');
});

test('gives a forgotten id to a new job at once, though the lock of the old one is let go late', async () => {
  const mock = await mockForTest();
  const memory = memoryRecords();
  const store: RecordStore = {
    ...memory,
    hold: async (...args) => {
      const { release } = await memory.hold(...args);
      return {
        release: async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          await release();
        },
      };
    },
  };
  const jobs = jobsOf(mock, { store });
  const first = await jobs.start(request, { id: 'a' });
  await first.done;
  expect(await jobs.forget('a')).toBe(true);
  const other = await jobs.start({ ...request, input: 'Another.' }, { id: 'a' });
  await other.done;
  expect(await jobs.prune({ olderThanMs: 0 })).toBe(1);
  const last = await jobs.start(request, { id: 'a' });
  expect((await last.done).id).not.toBe((await first.done).id);
  expect(created(mock)).toHaveLength(3);
});

test('leaves a damaged record alone, and goes on with the others', async () => {
  const mock = await mockForTest();
  const store = memoryRecords();
  const first = jobsOf(mock, { store, ...never });
  await first.start(request, { id: 'a' });
  await first.close();
  await store.write('job/bad', { version: 1, state: 'nowhere' });
  await store.write('job/newer', { version: 99 });
  const { jobs, unreadable } = await jobsOf(mock, { store }).resume();
  expect((await jobs[0]?.done)?.status).toBe('completed');
  expect(unreadable.map(({ id, error }) => [id, (error as { code: string }).code]).toSorted()).toEqual([
    ['bad', 'record_damaged'],
    ['newer', 'record_newer'],
  ]);
  expect((await store.read('job/bad'))?.value).toEqual({ version: 1, state: 'nowhere' });
});

test('forgets what is over, and nothing else', async () => {
  const mock = await mockForTest();
  const clock = { ...systemClock, epochMs: () => Date.now() + shiftMs };
  let shiftMs = 0;
  const store = memoryRecords({ clock });
  const jobs = jobsOf(mock, { store, clock });
  for (const id of ['a', 'b']) await (await jobs.start(request, { id })).done;
  const late = jobsOf(mock, { store, clock, ...never });
  await late.start(request, { id: 'c' });
  await expect(jobs.forget('c')).rejects.toMatchObject({ code: 'record_conflict' });
  expect(await jobs.forget('a')).toBe(true);
  expect(await jobs.forget('a')).toBe(false);
  expect(await jobs.get('a')).toBeUndefined();
  expect(await jobs.prune({ olderThanMs: 60_000 })).toBe(0);
  shiftMs = 120_000;
  expect(await jobs.prune({ olderThanMs: 60_000 })).toBe(1);
  expect((await store.list('job/')).map(({ id }) => id)).toEqual(['job/c']);
  expect(await store.list('job-response/')).toHaveLength(1);
});

test('tells what an application throws as a warning, once, and goes on', async () => {
  const mock = await mockForTest();
  const warnings: string[] = [];
  const warned = (warning: Error): number => warnings.push(warning.message);
  process.on('warning', warned);
  const job = await jobsOf(mock, {
    onProgress: ({ id }: JobEvent) => {
      // What is thrown may quote what was said, in its name too.
      throw Object.assign(new TypeError(`no ${id}`), { name: `a word of ${id}` });
    },
  }).start(request);
  expect((await job.done).status).toBe('completed');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', warned);
  expect(warnings).toEqual([
    expect.stringMatching(
      /^`onProgress` of background jobs failed: TypeError at \S.*restarts\.test\.ts:\d+:\d+\)?\. It goes on being called; this is said once\.$/,
    ),
  ]);
});
