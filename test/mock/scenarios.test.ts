import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadScenario, type ScenarioName, scenarioNames } from '../../src/mock/index.ts';
import { parseSchedule, spansOf } from '../../src/mock/schedule.ts';

test('the scenarios that are named are the files that are shipped', () => {
  const files = readdirSync(path.resolve('src/mock/scenarios')).map((name) => path.basename(name, '.yaml'));
  expect([...scenarioNames()].sort()).toEqual(files.sort());
});

describe.each(scenarioNames())('the scenario %s', (name) => {
  test('lasts a minute, has no gap, and names each phase once', async () => {
    const { says, options } = await loadScenario(name);
    const spans = spansOf(options.schedule);
    expect(says).not.toBe('');
    expect(spans.at(-1)?.toMs).toBe(60_000);
    expect(spans.every(({ fromMs }, index) => fromMs === (spans[index - 1]?.toMs ?? 0))).toBe(true);
    const names = options.schedule.map((phase) => phase.name);
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(names.length);
  });

  test('says of every phase in which something goes wrong what that is', async () => {
    const { schedule } = (await loadScenario(name)).options;
    for (const { faults = [], says = '' } of schedule) expect(faults.length === 0 || says !== '').toBe(true);
  });

  test('can be stretched to any time', async () => {
    const { options } = await loadScenario(name, { durationMs: 600_000 });
    const minute = (await loadScenario(name)).options.schedule;
    expect(options.schedule.map(({ forMs }) => Math.round(forMs))).toEqual(
      minute.map(({ forMs }) => forMs * 10),
    );
    expect(parseSchedule('schedule', options.schedule)).toEqual(options.schedule);
  });
});

test.each([
  [['strom'], "Expected `scenario` to be 'baseline' or"],
  [['storm', { durationMs: 0 }], 'Expected `durationMs` to be more than 0, got `0`'],
  [['storm', { durationMs: Number.NaN }], 'Expected `durationMs` to be a finite number'],
] as const)('loadScenario(%j) is refused', async (args, message) => {
  const [name, options] = args;
  await expect(loadScenario(name as ScenarioName, options)).rejects.toThrow(message);
});
