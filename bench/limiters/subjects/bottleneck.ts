import { installed } from '../../others/install.ts';
import type { Subject } from '../subject.ts';

interface Bottleneck {
  schedule(work: () => Promise<void>): Promise<void>;
}

type BottleneckClass = new (options: Readonly<Record<string, number>>) => Bottleneck;

const nothing = async (): Promise<void> => {};

export const bottleneck: Subject = {
  name: 'bottleneck',
  packageName: 'bottleneck',
  limits: 1,
  knows: { 'day and minute at once': 'partly', tokens: 'yes', priorities: 'yes', settlement: 'partly' },
  open(quota, windowMs) {
    const Limiter = installed<BottleneckClass>('bottleneck');
    const limiter = new Limiter({
      reservoir: quota,
      reservoirRefreshAmount: quota,
      reservoirRefreshInterval: windowMs,
    });
    return {
      async passes(times) {
        for (let done = 0; done < times; done++) await limiter.schedule(nothing);
      },
      wait: () => limiter.schedule(nothing),
      start: (started) => void limiter.schedule(async () => started()),
    };
  },
};
