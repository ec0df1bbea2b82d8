import type { Fault } from '../src/mock/faults.ts';
import type { Schedule } from '../src/mock/schedule.ts';
import type { K6Phase } from './k6/config.ts';

/** A stretch of a scenario. */
export interface ScenarioPhase {
  /** Also a tag of k6's metrics, so: letters, digits, `-`. */
  readonly name: string;
  /** Its part of the run; the parts of a scenario sum to 1. */
  readonly share: number;
  readonly faults: readonly Fault[];
  /** What is wrong in it, for a reader; empty for a calm phase. */
  readonly says: string;
  /**
   * The least part of its calls that must succeed, with openai's own two retries: what chance predicts, less a
   * margin that a short run's few calls do not use up.
   */
  readonly leastSuccess: number;
}

export interface Scenario {
  readonly says: string;
  readonly phases: readonly ScenarioPhase[];
}

const calm = { faults: [], says: '', leastSuccess: 1 } as const;

/** Half of the requests are refused, so a call's three attempts all fail one time in eight. */
const storm: Omit<ScenarioPhase, 'share'> = {
  name: 'storm-429',
  faults: [
    { status: 429, rate: 0.3, retryAfterMs: 1_000 },
    { status: 429, rate: 0.2 },
  ],
  says: '429 on 50 % of requests, most with Retry-After 1 s',
  leastSuccess: 0.7,
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
  leastSuccess: 0.8,
};

/** By the name that `--scenario` takes. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  chaos: {
    says: 'calm, a storm of 429, a brownout of 503, calm again',
    phases: [
      { name: 'calm', share: 0.25, ...calm },
      { ...storm, share: 0.25 },
      { ...brownout, share: 0.25 },
      { name: 'calm-again', share: 0.25, ...calm },
    ],
  },
  calm: {
    says: 'nothing goes wrong: the baseline',
    phases: [{ name: 'calm', share: 1, ...calm }],
  },
};

/** When each phase begins and ends, for a run of this length. */
export function phasesOf(scenario: Scenario, durationMs: number): K6Phase[] {
  let fromMs = 0;
  return scenario.phases.map(({ name, share }) => {
    const phase = { name, fromMs, toMs: fromMs + Math.round(durationMs * share) };
    fromMs = phase.toMs;
    return phase;
  });
}

/** What the mock is told to do. */
export function scheduleOf(scenario: Scenario, durationMs: number): Schedule {
  return phasesOf(scenario, durationMs).map(({ name, fromMs, toMs }, index) => ({
    name,
    forMs: toMs - fromMs,
    faults: scenario.phases[index]?.faults ?? [],
  }));
}

/** What k6 must see, else the run is red. */
export function thresholdsOf(scenario: Scenario): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {
    dropped_iterations: ['count==0'],
    checks: ['rate==1'],
  };
  for (const { name, leastSuccess, faults } of scenario.phases) {
    const isCalm = faults.length === 0;
    for (const kind of ['json', 'stream']) {
      thresholds[`call_ok{phase:${name},kind:${kind},settled:yes}`] = [
        isCalm ? 'rate==1' : `rate>=${leastSuccess}`,
      ];
    }
    if (!isCalm) continue;
    thresholds[`call_duration{phase:${name},kind:json,settled:yes}`] = ['p(95)<2000'];
    thresholds[`first_chunk{phase:${name},kind:stream,settled:yes}`] = ['p(95)<1000'];
  }
  return thresholds;
}
