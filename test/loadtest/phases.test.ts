import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastSuccess, phasesOf, scheduleOf, thresholdsOf } from '../../loadtest/phases.ts';
import { scenarios } from '../../loadtest/scenarios/index.ts';
import type { Scenario } from '../../loadtest/scenarios/scenario.ts';
import { shippedPhases } from '../../loadtest/scenarios/shipped.ts';
import type { ScenarioName } from '../../src/mock/chaos/scenarios.ts';
import { parseSchedule } from '../../src/mock/schedule.ts';
import { uniform } from '../../src/mock/seeded.ts';

function named(name: string): Scenario {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}`);
  return scenario;
}

const all = Object.keys(scenarios).map((name) => [name, named(name)] as const);

describe.each(all)('the scenario %s', (name, scenario) => {
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

  it('has the phases of the file that the mock ships', async () => {
    const shipped = name === 'calm' ? 'baseline' : name;
    expect(scenario.phases).toEqual(await shippedPhases(shipped as ScenarioName));
  });

  it('gives the mock a schedule that it accepts', () => {
    const schedule = scheduleOf(scenario, 60_000);
    expect(parseSchedule('schedule', JSON.parse(JSON.stringify(schedule)))).toEqual(schedule);
  });

  it('demands that nothing fails where nothing goes wrong', () => {
    const thresholds = thresholdsOf(scenario, { durationMs: 60_000, callsPerSecond: 130 });
    if (scenario.mayRefuse) return;
    for (const { name, faults } of scenario.phases.filter(({ faults }) => faults.length === 0)) {
      expect(faults).toEqual([]);
      expect(thresholds[`call_ok{phase:${name},settled:yes}`]).toEqual(['rate==1']);
    }
  });

  it('is void or red when k6 drops an iteration or misses an answer', () => {
    const thresholds = thresholdsOf(scenario, { durationMs: 60_000, callsPerSecond: 130 });
    expect(thresholds).toMatchObject({ dropped_iterations: ['count==0'] });
    const killed = (scenario.events ?? []).flatMap((event) => ('gateway' in event ? event.gateway : []));
    if (killed.length === 0) return expect(thresholds).toMatchObject({ checks: ['rate==1'] });
    for (let gateway = 0; gateway < (scenario.gateways ?? 1); gateway++) {
      expect(thresholds[`checks{gateway:${gateway}}`]).toEqual(
        killed.includes(gateway) ? undefined : ['rate==1'],
      );
    }
  });

  it('does to the stage what the stage has, within the run and in order of time', () => {
    const moments = (scenario.events ?? []).map(({ atShare }) => atShare);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    for (const moment of moments) {
      expect(moment).toBeGreaterThan(0);
      expect(moment).toBeLessThan(1);
    }
    for (const event of scenario.events ?? []) {
      if ('gateway' in event) expect(event.gateway).toBeLessThan(scenario.gateways ?? 1);
    }
  });
});

describe('the success that a storm must leave', () => {
  const [, storm] = named('chaos').phases;
  if (!storm) throw new Error('no storm');

  it('is more than a client without retries would have, in a full run', () => {
    expect(leastSuccess(storm, 1_900)).toBeGreaterThan(0.5);
  });

  it('is less than chance predicts, and the less the fewer calls there are', () => {
    const expected = 1 - 0.5 ** 3;
    const floors = [1, 10, 100, 1_000, 10_000].map((calls) => leastSuccess(storm, calls));
    expect(floors).toEqual(floors.toSorted((a, b) => a - b));
    expect(floors[0]).toBe(0);
    for (const floor of floors) expect(floor).toBeLessThan(expected);
  });

  it('is what honest chance stays above', () => {
    const calls = 60;
    const floor = leastSuccess(storm, calls);
    let below = 0;
    for (let seed = 0; seed < 2_000; seed++) {
      let succeeded = 0;
      for (let call = 0; call < calls; call++) {
        const attempts = [0, 1, 2].map((attempt) => uniform(seed, `${call} ${attempt}`));
        if (attempts.some((draw) => draw >= 0.5)) succeeded++;
      }
      if (succeeded / calls < floor) below++;
    }
    expect(below).toBeLessThanOrEqual(2);
  });
});
