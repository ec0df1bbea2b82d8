import type { JobDesk } from './job-desk.ts';
import { isEnd } from './job-record.ts';
import type { LiveJob } from './live-job.ts';

/** By whoever asks for it, in any process. */
export async function cancelJob(desk: JobDesk, job: LiveJob): Promise<void> {
  if (job.isSettled) return;
  // Written down first: if the provider cannot be asked now, or this process dies, it is cancelled later.
  await desk.change(job, { isUnwanted: true });
  if (job.isSettled) return;
  const { via, responseId } = job.record;
  try {
    if (via === 'stream') await desk.end(job, { state: 'cancelled', reason: 'caller', toldBy: 'cancel' });
    else if (responseId !== undefined) await desk.cancel(job, 'caller');
    else await job.done;
  } catch (error) {
    if (!isEnd(job.state)) throw error;
  }
}

/** What cannot be done at once is done by whoever works on the job. */
export function cancelOn(signal: AbortSignal, job: LiveJob): void {
  const aborted = (): void => {
    cancelQuietly(job);
  };
  signal.addEventListener('abort', aborted, { once: true });
  const off = (): void => signal.removeEventListener('abort', aborted);
  job.done.then(off, off);
  if (signal.aborted) aborted();
}

function cancelQuietly(job: LiveJob): void {
  job.cancel().catch(() => job.wake.wake());
}
