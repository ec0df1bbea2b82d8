import { describe, expect, it } from 'vitest';
import { background } from '../../../loadtest/scenarios/background.ts';
import { k6Call } from '../reconcile/example-books.ts';
import { joined, judged, unmet } from './judged.ts';

/** One job: its first status is what the start said, the others what was answered when it was asked about. */
function broken(...jobs: readonly (readonly string[])[]): string[] {
  const calls = jobs.flatMap((statuses, job) =>
    statuses.map((status, index) => ({
      ...k6Call(`job-${job}-${index}`, 'ok'),
      startedMs: index * 100,
      job: { id: `resp_${job}`, status },
    })),
  );
  return unmet(judged(background, joined({ calls })));
}

describe('background jobs', () => {
  it.each(['completed', 'failed', 'incomplete', 'cancelled'])('may end as %s', (status) => {
    expect(broken(['queued', 'queued', 'in_progress', status])).toEqual([]);
  });

  it('must end', () => {
    expect(broken(['queued', 'completed'], ['queued', 'in_progress'])).toEqual([
      'of them ended, when asked about last',
    ]);
  });

  it('must not go back', () => {
    expect(broken(['queued', 'in_progress', 'queued', 'completed'])).toEqual(['jobs whose status went back']);
    expect(broken(['queued', 'completed', 'in_progress', 'completed'])).toEqual([
      'jobs whose status went back',
    ]);
  });

  it('must be started and asked about', () => {
    expect(broken()).toEqual(['jobs that were started']);
    expect(broken(['completed'])).toEqual(['calls that asked how far a job was']);
  });

  it('may meet a call that failed, which says nothing of the job', () => {
    const calls = [
      { ...k6Call('a', 'ok'), startedMs: 0, job: { id: 'r', status: 'queued' } },
      { ...k6Call('b', 'error'), startedMs: 1 },
      { ...k6Call('c', 'ok'), startedMs: 2, job: { id: 'r', status: 'completed' } },
    ];
    expect(unmet(judged(background, joined({ calls })))).toEqual([]);
  });
});
