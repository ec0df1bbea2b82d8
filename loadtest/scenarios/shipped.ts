import { loadScenario, type ScenarioName } from '../../src/mock/chaos/scenarios.ts';
import type { ScenarioPhase } from './scenario.ts';

/** What the provider does, by the file that the mock ships: each phase as its part of the run. */
export async function shippedPhases(scenario: ScenarioName): Promise<readonly ScenarioPhase[]> {
  const { schedule } = (await loadScenario(scenario)).options;
  const totalMs = schedule.reduce((sum, { forMs }) => sum + forMs, 0);
  return schedule.map(({ name, forMs, faults = [], says = '' }, index) => ({
    name: name ?? `phase-${index}`,
    share: forMs / totalMs,
    faults,
    says,
  }));
}
