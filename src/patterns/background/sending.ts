import { longestTimerMs } from '../../clock.ts';
import { TelltaleError } from '../../errors.ts';
import type { Ending } from './ending.ts';
import type { JobResponse } from './job.ts';
import { type JobDesk, requestOf } from './job-desk.ts';
import { isEnd, type JobRecord, stateOf } from './job-record.ts';
import type { LiveJob } from './live-job.ts';
import { pollDelayMs } from './poll-delay.ts';
import { isRefused, mayPass, refusesBackground } from './provider.ts';

/**
 * A job of which nobody knows whether the provider has accepted it, or whose stream is gone with its process.
 *
 * @returns whether it is to be sent again
 */
export async function takeUpLost(desk: JobDesk, job: LiveJob): Promise<boolean> {
  const { isUnwanted, creates } = job.record;
  if (isUnwanted || desk.leftMs(job) <= 0) {
    const reason = isUnwanted ? 'caller' : 'deadline';
    await desk.end(job, { state: 'cancelled', reason, toldBy: 'store' });
    return false;
  }
  if (desk.settings.whenLost === 'fail') {
    await desk.end(job, { state: 'failed', reason: 'lost', toldBy: 'store' });
    return false;
  }
  await desk.change(job, { creates: creates + 1 });
  if (!job.isSettled) job.tell({ type: 'repeated' });
  return !job.isSettled;
}

/**
 * Has the provider begin it.
 *
 * @returns false where it cannot be in the background
 */
export async function create(desk: JobDesk, job: LiveJob): Promise<boolean> {
  const response = await ask(desk, job);
  if (!response) return false;
  const state = stateOf(response);
  const begun = ({ request: _, ...before }: JobRecord): JobRecord => ({
    ...before,
    // Its end is told below, as the only one.
    state: isEnd(state) ? 'in_progress' : state,
    responseId: response.id,
    begunMs: Math.round(desk.settings.clock.epochMs()),
  });
  const { record } = await note(desk, job, async () => await desk.book.change(job.id, begun));
  job.saw(record);
  if (isEnd(state))
    await note(desk, job, async () => await desk.end(job, { state, response, toldBy: 'poll' }));
  return true;
}

/** What the provider has done and nobody has noted would be paid for again: a store that is down for a while is waited for. */
async function note<T>(desk: JobDesk, job: LiveJob, write: () => Promise<T>): Promise<T> {
  const { settings } = desk;
  for (let failures = 1; ; failures += 1) {
    try {
      return await write();
    } catch (error) {
      if (job.isSettled || failures >= settings.mostFailures || !mayPass(error)) throw error;
    }
    await job.wake.sleep(pollDelayMs(settings, { polls: 0, failures }, settings.clock.random()));
  }
}

async function ask(desk: JobDesk, job: LiveJob): Promise<JobResponse | undefined> {
  const request = requestOf(job);
  try {
    if (request.store === false) throw noStore;
    return await desk.provider.create(job, request);
  } catch (error) {
    if (error === noStore || refusesBackground(error)) {
      await desk.change(job, { via: 'stream' });
      job.tell({ type: 'fallback', error });
      // It may take its whole time until a stream begins.
      job.hasBegun();
      return undefined;
    }
    await forgetRefused(desk, job, error);
    throw error;
  }
}

/** The same in the foreground, which ends with this process. */
export async function stream(desk: JobDesk, job: LiveJob): Promise<void> {
  const request = requestOf(job);
  if (job.record.isUnwanted)
    return await desk.end(job, { state: 'cancelled', reason: 'caller', toldBy: 'cancel' });
  const late = (): void => {
    desk.end(job, { state: 'cancelled', reason: 'deadline', toldBy: 'cancel' }).catch(job.giveUp);
  };
  const leftMs = desk.leftMs(job);
  const stopClock =
    leftMs <= longestTimerMs
      ? desk.settings.clock.schedule(late, Math.max(0, leftMs), 'work')
      : () => undefined;
  try {
    const last = await desk.provider.stream(job, request, async (response) => {
      const state = stateOf(response);
      if (state === job.state || isEnd(state)) return;
      // Its end says it all; until then a store that is down is no reason to break it off.
      await desk.change(job, { state, responseId: response.id }).catch(() => undefined);
    });
    stopClock();
    // One that was closed or cancelled ends without an error.
    if (job.isSettled) return;
    const state = last ? stateOf(last) : 'in_progress';
    const ending: Ending = isEnd(state)
      ? { state, response: last, toldBy: 'stream' }
      : { state: 'failed', response: last, reason: 'broken_off', toldBy: 'stream' };
    await note(desk, job, async () => await desk.end(job, ending));
  } catch (error) {
    if (job.isSettled) return;
    if (job.state === 'starting') await forgetRefused(desk, job, error);
    throw error;
  } finally {
    stopClock();
  }
}

/** What the provider has not begun need not be cared for: the same id may be started anew. */
async function forgetRefused(desk: JobDesk, job: LiveJob, error: unknown): Promise<void> {
  // What was sent before may have been begun.
  if (isRefused(error) && job.record.creates === 1) await desk.book.remove(job.id, undefined);
}

const noStore = new TelltaleError(
  'job_failed',
  'Background mode needs `store`, which the request turns off.',
);
