import { installed } from '../../others/install.ts';
import type { Subject } from '../subject.ts';

interface RateLimiterFlexible {
  readonly RateLimiterMemory: new (options: { points: number; duration: number }) => object;
  readonly RateLimiterQueue: new (limiter: object) => { removeTokens(count: number): Promise<number> };
}

export const rateLimiterFlexible: Subject = {
  name: 'rate-limiter-flexible',
  packageName: 'rate-limiter-flexible',
  limits: 1,
  knows: { tokens: 'yes', settlement: 'partly' },
  open(quota, windowMs) {
    const { RateLimiterMemory, RateLimiterQueue } = installed<RateLimiterFlexible>('rate-limiter-flexible');
    const queue = new RateLimiterQueue(new RateLimiterMemory({ points: quota, duration: windowMs / 1000 }));
    return {
      async passes(times) {
        for (let done = 0; done < times; done++) await queue.removeTokens(1);
      },
      wait: () => queue.removeTokens(1),
      start: (started) => void queue.removeTokens(1).then(started),
    };
  },
};
