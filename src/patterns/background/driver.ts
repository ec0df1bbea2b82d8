import type { RecordHold } from '../store/record-store.ts';
import { isLocked } from './job-book.ts';
import type { JobDesk } from './job-desk.ts';
import type { LiveJob } from './live-job.ts';
import { poll } from './polling.ts';
import { create, stream, takeUpLost } from './sending.ts';

export interface DriverParts {
  readonly desk: JobDesk;
  /** Whether a webhook of a Response came before it was known whose it is. */
  readonly wasEarly: (responseId: string) => boolean;
}

/**
 * Takes a job to its end. One process works on it, and the others stand by. Never throws: what goes wrong is told by the job.
 *
 * @param own of a job that this process has just written down: nobody can have sent it
 */
export async function drive(parts: DriverParts, job: LiveJob, own?: RecordHold): Promise<void> {
  const { desk } = parts;
  try {
    // At once, as whoever started it waits until it has begun.
    job.isDriven = own !== undefined;
    const hold = own ?? (await standBy(desk, job));
    if (!hold) return;
    job.isDriven = true;
    try {
      if (!own) await desk.refresh(job);
      if (!job.isSettled) await work(parts, job, own !== undefined);
    } finally {
      job.isDriven = false;
      await hold.release();
    }
  } catch (error) {
    job.giveUp(error);
  }
}

/** @returns undefined where the job is over */
async function standBy(desk: JobDesk, job: LiveJob): Promise<RecordHold | undefined> {
  while (!job.isSettled) {
    try {
      return await desk.book.hold(job.id, job.over);
    } catch (error) {
      if (job.isSettled) return undefined;
      if (!isLocked(error)) throw error;
    }
    await desk.refresh(job);
  }
  return undefined;
}

async function work({ desk, wasEarly }: DriverParts, job: LiveJob, isNew: boolean): Promise<void> {
  const { state, via } = job.record;
  const isLost = !isNew && (state === 'starting' || via === 'stream');
  if (isLost && !(await takeUpLost(desk, job))) return;
  if (via === 'stream' || (state === 'starting' && !(await create(desk, job))))
    return await stream(desk, job);
  const { responseId } = job;
  if (job.isSettled || responseId === undefined) return;
  // Without it a webhook at another process finds nothing, and polling goes on all the same.
  await desk.book.remember(responseId, job.id).catch(() => undefined);
  if (wasEarly(responseId)) job.tellOf();
  await poll(desk, job, isNew);
}
