import type { JoinedBooks } from '../books/join.ts';
import { isOver } from '../k6/job.ts';
import type { K6Call } from '../k6/record.ts';
import { condition } from './condition.ts';
import type { Judgement, Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

export const background: Scenario = {
  says: 'Responses in the background: started, then polled until they have ended, calm and with errors',
  phases: await shippedPhases('background'),
  offers: 'jobs',
  jsonPerSecond: 10,
  secondsInCall: 10,
  thresholds: () =>
    Object.fromEntries(
      ['calm', 'calm-again'].flatMap((phase) => [
        [`call_duration{phase:${phase},settled:yes,kind:json}`, []],
        [`first_chunk{phase:${phase},settled:yes,kind:stream}`, []],
        [`call_duration{phase:${phase},settled:yes,kind:job}`, ['p(95)<1000']],
      ]),
    ),
  judge,
};

function judge({ books }: JoinedBooks): Judgement {
  const jobs = jobsOf(books.k6.calls);
  const unfinished = jobs.filter((calls) => !isOver(calls.at(-1)?.job?.status ?? ''));
  const polls = books.k6.calls.length - jobs.length;
  const backwards = jobs.filter(wentBack);
  return {
    invariants: [],
    conditions: [
      condition('jobs that were started', '> 0', String(jobs.length), jobs.length > 0),
      condition(
        'of them ended, when asked about last',
        'all',
        `${jobs.length - unfinished.length}`,
        unfinished.length === 0,
      ),
      condition(
        'calls that asked how far a job was',
        `>= ${jobs.length}`,
        String(polls),
        polls >= jobs.length,
      ),
      condition('jobs whose status went back', '0', String(backwards.length), backwards.length === 0),
    ],
  };
}

/** The calls of each job, in order of time. */
function jobsOf(calls: readonly K6Call[]): K6Call[][] {
  const jobs = new Map<string, K6Call[]>();
  for (const call of calls) {
    if (!call.job) continue;
    const others = jobs.get(call.job.id);
    if (others) others.push(call);
    else jobs.set(call.job.id, [call]);
  }
  return [...jobs.values()].map((job) => job.toSorted((a, b) => a.startedMs - b.startedMs));
}

const order = ['queued', 'in_progress'];

function wentBack(calls: readonly K6Call[]): boolean {
  const ranks = calls.map(({ job }) => rankOf(job?.status ?? ''));
  return ranks.some((rank, index) => rank < (ranks[index - 1] ?? 0));
}

function rankOf(status: string): number {
  const rank = order.indexOf(status);
  return rank === -1 ? order.length : rank;
}
