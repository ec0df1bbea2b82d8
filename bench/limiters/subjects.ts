import type { Subject } from './subject.ts';
import { bottleneck } from './subjects/bottleneck.ts';
import { limiter } from './subjects/limiter.ts';
import { pQueue } from './subjects/p-queue.ts';
import { pThrottle } from './subjects/p-throttle.ts';
import { rateLimiterFlexible } from './subjects/rate-limiter-flexible.ts';
import { telltale, telltaleWithOne } from './subjects/telltale.ts';

export const subjects: readonly Subject[] = [
  telltale,
  telltaleWithOne,
  rateLimiterFlexible,
  pThrottle,
  limiter,
  pQueue,
  bottleneck,
];

export const subjectNames = subjects.map(({ name }) => name);
