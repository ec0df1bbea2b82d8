import type { RecordHold } from '../store/record-store.ts';
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

const leastStandByMs = 50;
const mostStandByMs = 5_000;

/** @returns undefined where the job is over */
async function standBy(desk: JobDesk, job: LiveJob): Promise<RecordHold | undefined> {
  for (let pauseMs = leastStandByMs; !job.isSettled; pauseMs = Math.min(pauseMs * 2, mostStandByMs)) {
    // Now and then: to sit on the locks of thousands of jobs would keep a process, and a disk, busy.
    const hold = await desk.book.hold(job.id, 0);
    if (hold) return hold;
    await desk.refresh(job);
    if (!job.isSettled) await job.wake.sleep(pauseMs * (0.5 + desk.settings.clock.random() / 2));
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
