import { fileURLToPath } from 'node:url';
import { checkNumber, checkOneOf, invalidOption } from '../../check.ts';
import { type Phase, spansOf } from '../schedule.ts';
import { type ReadSchedule, readSchedule } from './schedule-file.ts';

/** The schedules that come with the mock, each a file that can be copied. */
const names = [
  'baseline',
  'streams',
  'chaos',
  'storm',
  'brownout',
  'outage',
  'quota',
  'quota-exhausted',
  'broken-streams',
  'retry-after',
  'slow',
  'aborts',
  'budget',
  'background',
  'collector-down',
  'fleet',
  'soak',
] as const;

/** A scenario that comes with the mock; `scenarioNames` lists them. */
export type ScenarioName = (typeof names)[number];

/**
 * The names of the shipped scenarios.
 *
 * @example
 * ```ts
 * console.log(scenarioNames().join(', '));
 * ```
 */
export function scenarioNames(): readonly ScenarioName[] {
  return names;
}

/** A shipped scenario: what the provider does in it, one minute long unless it is told otherwise. */
export interface MockScenario extends ReadSchedule {
  readonly name: ScenarioName;
  /** Where its file is. */
  readonly file: URL;
}

/**
 * Reads a shipped scenario. With `durationMs`, more than 0, its phases are stretched to fill that time.
 *
 * @throws TelltaleError `invalid_option`: there is no scenario of that name, or the duration is none
 *
 * @example
 * ```ts
 * const { options } = await loadScenario('storm', { durationMs: 10_000 });
 * const mock = await startMock(options);
 * ```
 */
export async function loadScenario(
  name: ScenarioName,
  { durationMs }: { readonly durationMs?: number } = {},
): Promise<MockScenario> {
  const known = checkOneOf('scenario', name, names);
  const file = new URL(`../scenarios/${known}.yaml`, import.meta.url);
  const { says, options } = await readSchedule(fileURLToPath(file));
  const schedule = durationMs === undefined ? options.schedule : stretched(options.schedule, durationMs);
  return { name: known, file, says, options: { ...options, schedule } };
}

function stretched(phases: readonly Phase[], durationMs: number): readonly Phase[] {
  if (!(checkNumber('durationMs', durationMs) > 0))
    throw invalidOption('durationMs', 'more than 0', durationMs);
  const factor = durationMs / Math.max(...spansOf(phases).map(({ toMs }) => toMs));
  return phases.map((phase) => ({
    ...phase,
    ...(phase.fromMs === undefined ? {} : { fromMs: phase.fromMs * factor }),
    forMs: phase.forMs * factor,
  }));
}
