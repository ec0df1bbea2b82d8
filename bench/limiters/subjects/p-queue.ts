import { installed } from '../../others/install.ts';
import type { Subject } from '../subject.ts';

interface PQueueModule {
  readonly default: new (options: {
    intervalCap: number;
    interval: number;
    strict: boolean;
  }) => { add(work: () => void): Promise<void> };
}

const nothing = (): void => {};

export const pQueue: Subject = {
  name: 'p-queue',
  packageName: 'p-queue',
  limits: 1,
  knows: { priorities: 'yes', abort: 'yes' },
  open(quota, windowMs) {
    const { default: PQueue } = installed<PQueueModule>('p-queue');
    const queue = new PQueue({ intervalCap: quota, interval: windowMs, strict: true });
    return {
      async passes(times) {
        for (let done = 0; done < times; done++) await queue.add(nothing);
      },
      wait: () => queue.add(nothing),
      start: (started) => void queue.add(started),
    };
  },
};
