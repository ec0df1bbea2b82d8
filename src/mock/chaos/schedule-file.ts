import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkObject, checkString } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import { type LimitOptions, limitKeys, noLimits, readLimitPlan } from '../limits/limit.ts';
import { parseCourse, type ScheduleOptions } from '../options.ts';
import { parseSchedule, type Schedule } from '../schedule.ts';
import { parseYaml, placeIn } from './yaml.ts';

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
 * const { options } = await readSchedule('storm.yaml');
 * const mock = await startMock(options);
 */
export async function readSchedule(file: string): Promise<ReadSchedule> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new TelltaleError('invalid_option', `Cannot read the schedule in ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return parseScheduleText(text, file);
}

/** The same of a text, which `file` names in errors. */
export async function parseScheduleText(text: string, file: string): Promise<ReadSchedule> {
  const value =
    path.extname(file).toLowerCase() === '.json' ? parseJson(text, file) : await parseYaml(text, file);
  try {
    return check(value);
  } catch (error) {
    if (!(error instanceof TelltaleError)) throw error;
    const place = error.option === undefined ? '' : await placeIn(text, error.option);
    throw new TelltaleError(error.code, `${file}${place}: ${error.message}`, {
      cause: error,
      ...(error.option === undefined ? {} : { option: error.option }),
    });
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TelltaleError('invalid_option', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
