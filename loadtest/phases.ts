import type { Schedule } from '../src/mock/schedule.ts';
import type { K6Phase } from './k6/config.ts';
import { edgeMs } from './k6/phase-of.ts';
import type { Load, Scenario, ScenarioPhase } from './scenarios/scenario.ts';

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
  { callsPerSecond, durationMs }: Load,
): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {
    dropped_iterations: ['count==0'],
    checks: ['rate==1'],
  };
  for (const phase of scenario.mayRefuse ? [] : scenario.phases) {
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
  const own = scenario.thresholds?.({ callsPerSecond, durationMs }) ?? {};
  for (const [name, list] of Object.entries(own)) thresholds[name] = [...list];
  return Object.fromEntries(Object.entries(thresholds).filter(([, list]) => list.length > 0));
}
