import { TelltaleError } from '../../errors.ts';
import { beginSpan } from '../../index.ts';
import { patternInstruments } from '../../pattern-metrics.ts';
import type { JobEnd, JobResponse, JobTold } from './job.ts';
import type { JobBook } from './job-book.ts';
import type { EndReason, JobRecord } from './job-record.ts';
import type { LiveJob } from './live-job.ts';

export interface Ending {
  readonly state: JobEnd;
  readonly response?: JobResponse | undefined;
  readonly reason?: EndReason | undefined;
  readonly toldBy: JobTold;
}

/**
 * Ends a job, unless it is over. Of all who try, in whatever process, the store lets one; that one alone tells the trace and
 * the metrics of it. If it dies in between, nobody does.
 */
export async function endJob(
  book: JobBook,
  job: LiveJob,
  ending: Ending,
  epochMs: () => number,
): Promise<void> {
  const { state, response, reason, toldBy } = ending;
  const { usd, usage } = job.cost;
  const { record, isChanged } = await book.change(job.id, ({ request: _, ...before }) => ({
    ...before,
    state,
    toldBy,
    endedMs: Math.round(epochMs()),
    ...(response && { response, responseId: response.id }),
    ...(reason !== undefined && { reason }),
    ...(usd !== undefined && { costUsd: usd }),
    ...(usage && { usage }),
  }));
  if (isChanged) report(record, state, toldBy);
  job.saw(record);
}

function report(record: JobRecord, state: JobEnd, toldBy: JobTold): void {
  const { createdMs, endedMs = createdMs, traceparent } = record;
  patternInstruments()?.jobEnded(Math.max(0, endedMs - createdMs) / 1_000, { state, toldBy });
  const span = beginSpan('background job', {
    traceparent,
    startedAtMs: createdMs,
    attributes: {
      'telltale.job.state': state,
      'telltale.job.told_by': toldBy,
      ...(record.responseId !== undefined && { 'gen_ai.response.id': record.responseId }),
    },
  });
  span.end(
    state === 'completed' || state === 'incomplete' || state === 'cancelled'
      ? undefined
      : new TelltaleError('job_failed', state),
  );
}
