import { beginSpan } from '../../index.ts';
import type { JobDesk } from './job-desk.ts';
import type { JobRecord } from './job-record.ts';
import type { LiveJob } from './live-job.ts';
import { type PollHistory, pollDelayMs } from './poll-delay.ts';
import { isNotFound, mayPass, retryAfterMsOf } from './provider.ts';

/** For so long after it was accepted the provider may not know a Response yet. */
const notFoundGraceMs = 60_000;

/**
 * Asks how a job is, by and by or when it is woken, until it is over.
 *
 * @param isNew whether this process has sent it just now
 * @throws what the provider answered that will not pass, or did not pass
 */
export async function poll(desk: JobDesk, job: LiveJob, isNew: boolean): Promise<void> {
  // Where it is new, the span of its start is active here.
  const span = beginSpan('background job wait', isNew ? {} : { traceparent: job.record.traceparent });
  // After a restart it may have been over for long.
  if (!isNew || job.record.isUnwanted) job.wake.wake();
  try {
    await span.within(() => pollOn(desk, job));
    span.end();
  } catch (error) {
    span.end(error);
    throw error;
  }
}

async function pollOn(desk: JobDesk, job: LiveJob): Promise<void> {
  const { settings } = desk;
  const { clock } = settings;
  let history: PollHistory = { polls: 0, failures: 0 };
  let isCancelled = false;
  while (!job.isSettled) {
    const delayMs = pollDelayMs(settings, history, clock.random());
    // A deadline that is over is due at once, but a cancel that failed is tried again by the rule of polls.
    const isBusy = isCancelled || history.failures > 0;
    await job.wake.sleep(isBusy ? delayMs : Math.min(delayMs, Math.max(0, desk.leftMs(job))));
    if (job.isSettled) return;
    try {
      isCancelled = await pollOnce(desk, job, isCancelled);
      history = { polls: history.polls + 1, failures: 0 };
    } catch (error) {
      if (job.isSettled) return;
      if (isNotFound(error) && isOldEnough(job.record, clock.epochMs()))
        return await desk.end(job, { state: 'expired', reason: 'not_found', toldBy: 'poll' });
      const failures = history.failures + 1;
      if (failures >= settings.mostFailures || !(mayPass(error) || isNotFound(error))) throw error;
      history = { polls: history.polls + 1, failures, retryAfterMs: retryAfterMsOf(error) };
      job.tell({ type: 'poll_failed', error });
    }
  }
}

/** @returns whether the provider was told that it is to stop, then or before */
async function pollOnce(desk: JobDesk, job: LiveJob, isCancelled: boolean): Promise<boolean> {
  const toldBy = job.isTold ? 'webhook' : 'poll';
  job.isTold = false;
  const { isUnwanted } = await desk.refresh(job);
  if (job.isSettled) return isCancelled;
  if (!isCancelled && (isUnwanted || desk.leftMs(job) <= 0)) {
    await desk.cancel(job, isUnwanted ? 'caller' : 'deadline');
    return true;
  }
  await desk.ask(job, toldBy);
  return isCancelled;
}

function isOldEnough({ begunMs = 0 }: JobRecord, nowMs: number): boolean {
  return nowMs - begunMs >= notFoundGraceMs;
}
