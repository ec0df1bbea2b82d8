import { checkNumber, checkObject, invalidOption } from '../../check.ts';
import { type Clock, longestTimerMs } from '../../clock.ts';
import type { HoldOptions, RecordStore } from './record-store.ts';
import type { Wait } from './turns.ts';

export const defaultHoldMs = 30_000;

/** @throws TelltaleError `invalid_option` */
export function checkRecordId(id: unknown, most = 256): string {
  if (typeof id === 'string' && id !== '' && id.length <= most && !/\p{Surrogate}/u.test(id)) return id;
  throw invalidOption('id', `a text of 1 to ${most} characters`, id);
}

/** @throws TelltaleError `invalid_option` */
export function checkPrefix(prefix: unknown): string {
  if (typeof prefix === 'string') return prefix;
  throw invalidOption('prefix', 'a text', prefix);
}

/** @throws TelltaleError `invalid_option` for what JSON cannot say */
export function jsonOf(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value) as string | undefined;
  } catch {
    // A circle, or a number of any size.
  }
  if (json === undefined) throw invalidOption('value', 'something that JSON can say', value);
  return json;
}

/** @throws TelltaleError `invalid_option`; the reason of the signal */
export function waitOf(clock: Clock, options: HoldOptions = {}): Wait {
  const { signal, waitMs = defaultHoldMs } = checkObject('options', options, ['signal', 'waitMs']);
  checkNumber('options.waitMs', waitMs, { min: 0, max: longestTimerMs });
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  signal?.throwIfAborted();
  return { signal, untilMs: clock.nowMs() + (waitMs as number) };
}

const methods = ['read', 'write', 'delete', 'list', 'hold'] as const;

/** @throws TelltaleError `invalid_option` */
export function checkRecordStore(path: string, given: unknown): RecordStore {
  const parts = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  if (methods.every((name) => typeof parts[name] === 'function')) return given as RecordStore;
  throw invalidOption(path, 'a store of records, such as `fileRecords(directory)`', given);
}
