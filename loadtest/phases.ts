import type { Fault } from '../src/mock/faults.ts';
import type { Schedule } from '../src/mock/schedule.ts';
import type { K6Phase } from './k6/config.ts';
import { edgeMs } from './k6/phase-of.ts';

/** A stretch of a scenario. */
export interface ScenarioPhase {
  /** Also a tag of k6's metrics, so: letters, digits, `-`. */
  readonly name: string;
  /** Its part of the run; the parts of a scenario sum to 1. */
  readonly share: number;
  readonly faults: readonly Fault[];
  /** What is wrong in it, for a reader; empty for a calm phase. */
  readonly says: string;
}

export interface Scenario {
  readonly says: string;
  readonly phases: readonly ScenarioPhase[];
}

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

/** openai's own: the first and two retries. */
const attemptsPerCall = 3;

/** Chance strays further than this one time in 30,000. */
const standardDeviations = 4;

/**
 * The least part of `calls` that must succeed in a phase: what chance predicts when every attempt fails on its own,
 * less what chance may stray. A run without retries falls below it, an honest one does not.
 */
export function leastSuccess({ faults }: ScenarioPhase, calls: number): number {
  const failing = faults.reduce((sum, fault) => ('status' in fault ? sum + fault.rate : sum), 0);
  const expected = 1 - failing ** attemptsPerCall;
  const deviation = Math.sqrt((expected * (1 - expected)) / Math.max(1, calls));
  return Math.max(0, Math.floor((expected - standardDeviations * deviation) * 1_000) / 1_000);
}

/** What k6 must see, else the run is red. */
export function thresholdsOf(
  scenario: Scenario,
  durationMs: number,
  callsPerSecond: number,
): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {
    dropped_iterations: ['count==0'],
    checks: ['rate==1'],
  };
  for (const phase of scenario.phases) {
    const { name, faults, share } = phase;
    const settled = `phase:${name},settled:yes`;
    const calls = callsPerSecond * ((durationMs * share - edgeMs) / 1_000);
    thresholds[`call_ok{${settled}}`] = [
      faults.length === 0 ? 'rate==1' : `rate>=${leastSuccess(phase, calls)}`,
    ];
    if (faults.length > 0) continue;
    thresholds[`call_duration{${settled},kind:json}`] = ['p(95)<2000'];
    thresholds[`first_chunk{${settled},kind:stream}`] = ['p(95)<1000'];
  }
  return thresholds;
}
