import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PriceBook } from '../../src/account/price-book.ts';
import type { Call } from '../../src/call.ts';
import { type Answer, newAnswer } from '../../src/send/answer.ts';
import { BackgroundJobs, longestJobMs, mostJobs } from '../../src/wrap/background-jobs.ts';
import { BatchBook } from '../../src/wrap/batch-book.ts';
import { describeRequest } from '../../src/wrap/describe.ts';
import { newCall } from '../../src/wrap/new-call.ts';
import { settleMoney } from '../../src/wrap/settle.ts';
import { createFakeClock } from '../mock/fake-clock.ts';

const server = { provider: 'openai', serverAddress: '127.0.0.1' } as const;
const prices = new PriceBook(undefined);

function newJobs() {
  const clock = createFakeClock();
  return { clock, jobs: new BackgroundJobs(clock) };
}

/** A call that begins a job, and one that asks of it. */
function create(streamed = false): Call {
  const body = { model: 'gpt-5', input: 'Hello', background: true };
  return newCall(
    describeRequest({ method: 'post', path: '/responses', body, stream: streamed }, server),
    0,
    {},
  );
}
function ask(id: string, way: 'retrieve' | 'cancel' = 'retrieve'): Call {
  const options =
    way === 'cancel'
      ? { method: 'post', path: `/responses/${id}/cancel` }
      : { method: 'get', path: `/responses/${id}` };
  return newCall(describeRequest(options as Parameters<typeof describeRequest>[0], server), 0, {});
}

function answered(id: string | undefined, isOver: boolean, outputTokens?: number): Answer {
  return {
    ...newAnswer(),
    response: { ...(id !== undefined && { id }), ...(isOver && { finishReasons: ['completed'] }) },
    ...(outputTokens !== undefined && {
      usage: { source: 'provider' as const, inputTokens: 10, outputTokens },
    }),
  };
}

describe('the memory of begun jobs', () => {
  test('has a bound, and what is held for those that leave it is settled as unknown', () => {
    const { jobs } = newJobs();
    const settled: unknown[] = [];
    const begin = (id: string) => jobs.begun(create(), answered(id, false));
    begin('first')?.hold((bill) => settled.push(bill));
    for (let index = 1; index < mostJobs; index++) begin(`job-${index}`);
    expect(jobs.find('first')).toBeDefined();
    expect(settled).toEqual([]);
    begin('one too many');
    expect(jobs.find('first')).toBeUndefined();
    expect(settled).toEqual([undefined]);
    expect(jobs.find('job-1')).toBeDefined();
  });

  test('lasts a day', () => {
    const { clock, jobs } = newJobs();
    jobs.begun(create(), answered('a', false));
    clock.advance(longestJobMs - 1);
    expect(jobs.find('a')).toBeDefined();
    clock.advance(1);
    expect(jobs.find('a')).toBeUndefined();
  });

  test('keeps no prompt', () => {
    const { jobs } = newJobs();
    const job = jobs.begun(create(), answered('a', false));
    expect(JSON.stringify(job)).not.toContain('Hello');
  });

  test('takes in only what was asked to work in the background', () => {
    const { jobs } = newJobs();
    const body = { model: 'gpt-5', input: 'Hello' };
    const call = newCall(describeRequest({ method: 'post', path: '/responses', body }, server), 0, {});
    expect(jobs.begun(call, answered('a', false))).toBeUndefined();
  });
});

type Step =
  | { readonly kind: 'begin'; readonly job: number; readonly ends: 'whole' | 'cut' | 'nameless' }
  | {
      readonly kind: 'ask';
      readonly job: number;
      readonly way: 'retrieve' | 'cancel';
      readonly sees: 'busy' | 'over' | 'usage';
    };

const job = fc.nat({ max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('begin' as const),
    job,
    ends: fc.constantFrom('whole' as const, 'cut' as const, 'nameless' as const),
  }),
  fc.record({
    kind: fc.constant('ask' as const),
    job,
    way: fc.constantFrom('retrieve' as const, 'cancel' as const),
    sees: fc.constantFrom('busy' as const, 'over' as const, 'usage' as const),
  }),
);

test('in any order of calls, each job is booked by the first that brings its usage, and a hold settles once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { jobs } = newJobs();
      /** The reference: jobs that were begun and are not booked. */
      const open = new Set<number>();
      const begun = new Set<number>();
      const holds = new Map<number, number>();
      for (const { kind, job: number, ...rest } of steps) {
        const id = `resp_${number}`;
        const outputTokens = 100 + number;
        if (kind === 'begin') {
          // A provider gives each id once.
          if (begun.has(number)) continue;
          const { ends } = rest as Extract<Step, { kind: 'begin' }>;
          const call = create(true);
          const answer =
            ends === 'whole'
              ? answered(id, true, outputTokens)
              : answered(ends === 'cut' ? id : undefined, false);
          const held = settleMoney(call, answer, 200, { prices, jobs, batches: new BatchBook() });
          if (ends !== 'nameless') begun.add(number);
          if (ends === 'cut') {
            open.add(number);
            held?.hold(() => holds.set(number, (holds.get(number) ?? 0) + 1));
          }
          expect(held !== undefined).toBe(ends === 'cut');
          expect(call.usage.source).toBe({ whole: 'provider', cut: 'unknown', nameless: 'estimated' }[ends]);
          continue;
        }
        const { way, sees } = rest as Extract<Step, { kind: 'ask' }>;
        const call = ask(id, way);
        settleMoney(call, answered(id, sees !== 'busy', sees === 'usage' ? outputTokens : undefined), 200, {
          prices,
          jobs,
          batches: new BatchBook(),
        });
        const books = sees === 'usage' && open.delete(number);
        expect(call.usage).toEqual(
          books ? { source: 'provider', inputTokens: 10, outputTokens } : { source: 'unknown' },
        );
        expect(call.costUsd).toBe(books ? (10 * 1.25 + outputTokens * 10) / 1e6 : undefined);
      }
      for (const times of holds.values()) expect(times).toBe(1);
      for (const number of open) expect(jobs.find(`resp_${number}`)).toBeDefined();
    }),
  );
});
