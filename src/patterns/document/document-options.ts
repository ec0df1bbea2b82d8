import { checkClock, checkNumber, checkObject, invalidOption } from '../../check.ts';
import { type Clock, systemClock } from '../../clock.ts';

/** How large a document may be, and how long reading it may take. */
export interface ReadDocumentOptions {
  /** The largest file that is read, in bytes; asked before it is opened. @default 100_000_000 */
  readonly maxBytes?: number;
  /** The most text that a document may hold. More is an error, and never cut off. @default 20_000_000 */
  readonly maxCharacters?: number;
  /** The most pages that a PDF may have. @default 10_000 */
  readonly maxPages?: number;
  /** How long reading may take in milliseconds; what takes longer is given up. @default 120_000 */
  readonly timeoutMs?: number;
  /** Ends the reading with its reason. */
  readonly signal?: AbortSignal;
  /** @default the system's */
  readonly clock?: Clock;
}

/** What a document may be at most. */
export interface ReadLimits {
  readonly maxBytes: number;
  readonly maxCharacters: number;
  readonly maxPages: number;
  readonly timeoutMs: number;
}

export interface CheckedReadOptions {
  readonly limits: ReadLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

const known = ['maxBytes', 'maxCharacters', 'maxPages', 'timeoutMs', 'signal', 'clock'];

export function checkReadOptions(options: ReadDocumentOptions): CheckedReadOptions {
  checkObject('options', options, known);
  const { signal } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  }
  const whole = (name: keyof ReadLimits, fallback: number): number =>
    checkNumber(`options.${name}`, options[name] ?? fallback, { min: 1, integer: true });
  return {
    limits: {
      maxBytes: whole('maxBytes', 100_000_000),
      maxCharacters: whole('maxCharacters', 20_000_000),
      maxPages: whole('maxPages', 10_000),
      timeoutMs: whole('timeoutMs', 120_000),
    },
    clock: options.clock === undefined ? systemClock : checkClock('options.clock', options.clock),
    signal,
  };
}
