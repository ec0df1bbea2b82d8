import type { Scenario, ScenarioPhase } from './scenario.ts';

const calm = { faults: [], says: '' } as const;

/** Half of the requests are refused, so a call's three attempts all fail one time in eight. */
const storm: Omit<ScenarioPhase, 'share'> = {
  name: 'storm-429',
  faults: [
    { status: 429, rate: 0.3, retryAfterMs: 1_000 },
    { status: 429, rate: 0.2 },
  ],
  says: '429 on 50 % of requests, most with Retry-After 1 s',
};

/** Two in five requests fail, so a call's three attempts all fail one time in sixteen. */
const brownout: Omit<ScenarioPhase, 'share'> = {
  name: 'brownout-503',
  faults: [
    { status: 503, rate: 0.3 },
    { status: 503, rate: 0.1, retryAfterMs: 500 },
    { delayMs: 400, rate: 0.2 },
  ],
  says: '503 on 40 % of requests, 20 % slower by 400 ms',
};

export const chaos: Scenario = {
  says: 'calm, a storm of 429, a brownout of 503, calm again',
  phases: [
    { name: 'calm', share: 0.25, ...calm },
    { ...storm, share: 0.25 },
    { ...brownout, share: 0.25 },
    { name: 'calm-again', share: 0.25, ...calm },
  ],
};
