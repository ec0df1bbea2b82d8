import { checkObject, checkString } from '../../check.ts';
import { type LimitOptions, limitKeys, noLimits, readLimitPlan } from '../limits/limit.ts';
import { parseCourse, type ScheduleOptions } from '../options.ts';
import { parseSchedule, type Schedule } from '../schedule.ts';
import { checkedText, readText } from './document.ts';

/** A schedule as its file has it, with its options as a start of the mock takes them. */
export interface ReadSchedule {
  /** What it is about, for a reader; empty where the file does not say. */
  readonly says: string;
  readonly options: ScheduleOptions & LimitOptions & { readonly schedule: Schedule };
}

/**
 * Reads a schedule from a file: `.json` as JSON, anything else as YAML. The file holds `phases`, and where it wants
 * `says`, `loop`, `scale` and the limits of a start; or it is the list of phases alone.
 *
 * @throws TelltaleError `invalid_option`: the file cannot be read, or names file, line, column and field of what is wrong
 *
 * @example
 * ```ts
 * const { options } = await readSchedule('storm.yaml');
 * const mock = await startMock(options);
 * ```
 */
export async function readSchedule(file: string): Promise<ReadSchedule> {
  return parseScheduleText(await readText(file, 'schedule'), file);
}

/** The same of a text, which `file` names in errors. */
export function parseScheduleText(text: string, file: string): Promise<ReadSchedule> {
  return checkedText(text, file, check);
}

/** Where a list stands alone, its phases are told as of a file that has nothing but them. */
function check(value: unknown): ReadSchedule {
  const given = Array.isArray(value)
    ? { phases: value }
    : checkObject('schedule', value, ['$schema', 'says', 'loop', 'scale', 'phases', ...limitKeys]);
  const { $schema, says, loop, scale, phases } = given;
  if ($schema !== undefined) checkString('$schema', $schema);
  const calm = { schedule: [], loop: false, scale: 1 };
  const course = parseCourse({ loop, scale }, calm);
  const limits = readLimitPlan(given, noLimits);
  const schedule = parseSchedule('phases', phases);
  return {
    says: says === undefined ? '' : checkString('says', says),
    options: {
      schedule,
      ...(loop === undefined ? {} : { loop: course.loop }),
      ...(scale === undefined ? {} : { scale: course.scale }),
      ...Object.fromEntries(Object.entries(limits).filter(([name]) => given[name] !== undefined)),
    },
  };
}
