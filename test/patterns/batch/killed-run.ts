import { systemClock } from '../../../src/clock.ts';
import type { BatchOptions } from '../../../src/patterns/index.ts';

/** What the process that is killed and the one that goes on do. Of three requests one fails at first. */
export const killedRun = {
  requests: ['one', 'two', 'fails at first'].map((text) => ({
    customId: text.replaceAll(' ', '-'),
    body: { model: 'gpt-5-mini', input: text },
  })),
  delaysMs: [60],
  clock: {
    ...systemClock,
    schedule: (task, delayMs, kind) => systemClock.schedule(task, Math.min(delayMs, 60), kind),
  },
} satisfies Partial<BatchOptions>;
