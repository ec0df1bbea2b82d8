import type { Limit } from '../../../src/admit/limit.ts';
import { createLimiter } from '../../../src/admit/limiter.ts';
import type { Gate, Subject } from '../subject.ts';

const request = { tokens: 1_000 };
/** Something is given back for each call, as it is for nearly every real one. */
const used = { tokens: 800 };

const knows = {
  'day and minute at once': 'yes',
  tokens: 'yes',
  priorities: 'yes',
  abort: 'yes',
  settlement: 'yes',
} as const;

function gateOf(limits: readonly Limit[]): Gate {
  const limiter = createLimiter({ limits, queue: { maxWaiting: 1_000_000 } });
  return {
    async passes(times) {
      for (let done = 0; done < times; done++) {
        const permit = await limiter.acquire(request);
        permit.settle(used);
      }
    },
    wait: () => limiter.acquire(request),
    start: (started) => void limiter.acquire(request).then(started),
  };
}

/** So high that it holds nobody, and still adds up exactly. */
const plentyOfTokens = 1e15;

export const telltale: Subject = {
  name: 'telltale',
  packageName: undefined,
  limits: 4,
  knows,
  open: (quota, windowMs) =>
    gateOf([
      { requests: quota, perMs: windowMs },
      { tokens: plentyOfTokens, per: 'minute' },
      { requests: plentyOfTokens, per: 'day' },
      { tokens: plentyOfTokens, per: 'day' },
    ]),
};

export const telltaleWithOne: Subject = {
  name: 'telltale-1',
  packageName: undefined,
  limits: 1,
  knows,
  open: (quota, windowMs) => gateOf([{ requests: quota, perMs: windowMs }]),
};
