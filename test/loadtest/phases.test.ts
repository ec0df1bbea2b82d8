import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { phasesOf, type Scenario, scenarios, scheduleOf, thresholdsOf } from '../../loadtest/phases.ts';
import { parseSchedule } from '../../src/mock/schedule.ts';

function named(name: string): Scenario {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}`);
  return scenario;
}

const all = Object.keys(scenarios).map((name) => [name, named(name)] as const);

describe.each(all)('the scenario %s', (_name, scenario) => {
  it('has phases that fill the whole run without a gap, however long it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4_000, max: 1_800_000 }), (durationMs) => {
        const phases = phasesOf(scenario, durationMs);
        expect(phases[0]?.fromMs).toBe(0);
        for (const [index, { fromMs }] of phases.entries()) {
          if (index > 0) expect(fromMs).toBe(phases[index - 1]?.toMs);
        }
        expect(Math.abs((phases.at(-1)?.toMs ?? 0) - durationMs)).toBeLessThanOrEqual(phases.length);
      }),
    );
  });

  it('gives the mock a schedule that it accepts', () => {
    const schedule = scheduleOf(scenario, 60_000);
    expect(parseSchedule('schedule', JSON.parse(JSON.stringify(schedule)))).toEqual(schedule);
  });

  it('demands that nothing fails where nothing goes wrong', () => {
    const thresholds = thresholdsOf(scenario);
    for (const { name, faults } of scenario.phases.filter(({ faults }) => faults.length === 0)) {
      expect(faults).toEqual([]);
      expect(thresholds[`call_ok{phase:${name},kind:json,settled:yes}`]).toEqual(['rate==1']);
    }
  });

  it('is void or red when k6 drops an iteration or misses an answer', () => {
    expect(thresholdsOf(scenario)).toMatchObject({
      dropped_iterations: ['count==0'],
      checks: ['rate==1'],
    });
  });
});

it('asks for less success in a storm than chance predicts, and for more than without any retry', () => {
  for (const { faults, leastSuccess } of named('chaos').phases) {
    const failing = faults.filter((fault) => 'status' in fault).reduce((sum, { rate }) => sum + rate, 0);
    expect(leastSuccess).toBeLessThanOrEqual(1 - failing ** 3);
    if (failing > 0) expect(leastSuccess).toBeGreaterThan(1 - failing);
  }
});
