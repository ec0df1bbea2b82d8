import { installed } from '../../others/install.ts';
import type { Subject } from '../subject.ts';

type Throttle = <Argument>(work: (argument: Argument) => void) => (argument: Argument) => Promise<void>;

interface PThrottleModule {
  readonly default: (options: { limit: number; interval: number; strict: boolean }) => Throttle;
}

const nothing = (): void => {};

export const pThrottle: Subject = {
  name: 'p-throttle',
  packageName: 'p-throttle',
  limits: 1,
  knows: { tokens: 'yes', abort: 'partly' },
  open(quota, windowMs) {
    const { default: throttle } = installed<PThrottleModule>('p-throttle');
    const limited = throttle({ limit: quota, interval: windowMs, strict: true })((work: () => void) =>
      work(),
    );
    return {
      async passes(times) {
        for (let done = 0; done < times; done++) await limited(nothing);
      },
      wait: () => limited(nothing),
      start: (started) => void limited(started),
    };
  },
};
