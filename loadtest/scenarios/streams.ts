import type { Scenario } from './scenario.ts';
import { shippedPhases } from './shipped.ts';

const settled = 'phase:calm,settled:yes,kind:stream';

/** The provider's medians are 40 ms to the first token and 4 ms from one to the next. */
export const streams: Scenario = {
  says: 'streams alone, even and then uneven: the time to the first token, and from one to the next',
  phases: await shippedPhases('streams'),
  offers: 'streams',
  jsonPerSecond: 120,
  thresholds: () => ({
    [`call_duration{phase:calm,settled:yes,kind:json}`]: [],
    [`first_chunk{${settled}}`]: ['p(95)<300', 'med<120'],
    [`chunk_gap{${settled}}`]: ['p(95)<25', 'med<10'],
  }),
};
