import { installed } from '../../others/install.ts';
import type { Subject } from '../subject.ts';

interface LimiterModule {
  readonly RateLimiter: new (options: {
    tokensPerInterval: number;
    interval: number;
  }) => { removeTokens(count: number): Promise<number> };
}

export const limiter: Subject = {
  name: 'limiter',
  packageName: 'limiter',
  limits: 1,
  knows: { 'day and minute at once': 'partly', tokens: 'yes' },
  open(quota, windowMs) {
    const { RateLimiter } = installed<LimiterModule>('limiter');
    const limited = new RateLimiter({ tokensPerInterval: quota, interval: windowMs });
    return {
      async passes(times) {
        for (let done = 0; done < times; done++) await limited.removeTokens(1);
      },
      wait: () => limited.removeTokens(1),
      start: (started) => void limited.removeTokens(1).then(started),
    };
  },
};
