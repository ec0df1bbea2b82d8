import type OpenAI from 'openai';
import { TelltaleError } from '../../errors.ts';
import { callWith } from '../../index.ts';
import { asObject } from '../../json.ts';
import { withoutKeys } from '../../outside-word.ts';
import type { BackgroundJobs } from '../background/background-jobs.ts';
import type { BackgroundJob, JobCost } from '../background/job.ts';
import { type ReadAnswer, readAnswer } from './answer.ts';
import { addSpending, nothingSpent, type Spending, spendingOf } from './spending.ts';
import type { Sender } from './step.ts';

type Response = OpenAI.Responses.Response;

/** Ordinary calls. The provider keeps nothing of them. */
export function directSender(client: OpenAI): Sender {
  return {
    send: async ({ body, signal, onSpent }) => {
      let spent = nothingSpent;
      const onCall = (call: Parameters<typeof spendingOf>[0]): void => {
        spent = addSpending(spent, spendingOf(call));
      };
      try {
        return readAnswer(
          await callWith({ onCall }, () =>
            client.responses.create({ ...body, store: false }, signal && { signal }),
          ),
        );
      } finally {
        if (spent.calls > 0) onSpent(spent);
      }
    },
    forget: async () => undefined,
  };
}

/** Jobs of the provider, which are found again by their id and never begun twice. */
export function backgroundSender(jobs: BackgroundJobs): Sender {
  return {
    send: async ({ body, id, signal, onSpent }) => {
      for (let isFirst = true; ; isFirst = false) {
        // An abort must not cancel the job, whose answer is paid: it only ends the wait.
        const job = await orAborted(jobs.start(body, { id }), signal);
        try {
          return readAnswer(await job.wait(signal && { signal }));
        } catch (error) {
          // What the provider has forgotten meanwhile can only be asked for again.
          if (isFirst && job.state === 'expired') await jobs.forget(id);
          else {
            const answer = isOver(job) ? unwholeAnswer(error) : undefined;
            if (!answer) throw error;
            return answer;
          }
        } finally {
          const spent = spendingOfJob(job.cost);
          if (isOver(job) && spent.calls > 0) onSpent(spent);
        }
      }
    },
    forget: async (id) => {
      await jobs.forget(id);
    },
  };
}

function isOver({ state }: BackgroundJob): boolean {
  return !['starting', 'queued', 'in_progress'].includes(state);
}

/** A job that is over without a whole answer has what came of it in its error. */
function unwholeAnswer(error: unknown): ReadAnswer | undefined {
  if (!(error instanceof TelltaleError && error.code === 'job_failed')) return undefined;
  if (typeof asObject(error.cause)?.['status'] === 'string') return readAnswer(error.cause as Response);
  return { fault: 'failed', why: `did not come: ${withoutKeys(error.message).replace(/\.$/, '')}`, came: '' };
}

function spendingOfJob({ usd, unknown, usage }: JobCost): Spending {
  return {
    calls: (usd === undefined ? 0 : 1) + unknown,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    reasoningTokens: usage?.reasoningTokens ?? 0,
    costUsd: usd ?? 0,
    unpricedCalls: unknown,
  };
}

/** What `promise` gives, or the reason of `signal` where that comes first. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  return await new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
