import { checkNumber, checkObject, invalidOption } from '../../check.ts';

/** When a circuit breaker opens, and for how long. `{}` takes every default. */
export interface BreakerOptions {
  /**
   * The share of ill attempts in the last `windowMs` from which on it opens, over 0 and up to 1. A provider that fails
   * half of what it is asked still answers most calls that try again, and none while a breaker is open: hence more than
   * the usual 0.5, and so much more that 20 draws of such a provider do not reach it by chance (1 in 170).
   * @default 0.8
   */
  readonly failureRate?: number;
  /**
   * How many attempts have to have ended in the last `windowMs` before the rate is looked at. It opens too when so many
   * have failed one after the other, because the good half minute before an outage would hide that from the rate. A
   * positive integer. @default 20, as in Hystrix
   */
  readonly minCalls?: number;
  /** What is older counts no more. Milliseconds, from 1 000 to 3 600 000. @default 30_000, as in Polly */
  readonly windowMs?: number;
  /**
   * How long it stays open the first time, in milliseconds, at least 100: something from half of it to the whole, by
   * chance, so that many processes do not probe at once. Twice as long after each probe that fails.
   * @default 1_000
   */
  readonly openMs?: number;
  /**
   * The longest that it stays open before it probes again, in milliseconds, at least `openMs`. A probe that has said
   * nothing for so long is given up as lost, and another may go.
   * @default 5_000, which is how long Hystrix and Polly stay open, or `openMs` where that is more
   */
  readonly maxOpenMs?: number;
}

export type CheckedBreakerOptions = Required<BreakerOptions>;

const known = [
  'failureRate',
  'minCalls',
  'windowMs',
  'openMs',
  'maxOpenMs',
] as const satisfies readonly (keyof BreakerOptions)[];

const usualMaxOpenMs = 5_000;
const longestMs = 3_600_000;

/** @throws TelltaleError `invalid_option` */
export function checkBreakerOptions(path: string, given: unknown): CheckedBreakerOptions {
  const options = checkObject(path, given, known);
  const { failureRate = 0.8, minCalls = 20, windowMs = 30_000, openMs: givenOpenMs = 1_000 } = options;
  const openMs = checkNumber(`${path}.openMs`, givenOpenMs, { min: 100, max: longestMs });
  const { maxOpenMs = Math.max(usualMaxOpenMs, openMs) } = options;
  return {
    failureRate: checkRate(`${path}.failureRate`, failureRate),
    minCalls: checkNumber(`${path}.minCalls`, minCalls, { min: 1, integer: true }),
    windowMs: checkNumber(`${path}.windowMs`, windowMs, { min: 1_000, max: longestMs }),
    openMs,
    maxOpenMs: checkMaxOpenMs(`${path}.maxOpenMs`, maxOpenMs, openMs),
  };
}

function checkRate(path: string, given: unknown): number {
  if (typeof given === 'number' && given > 0 && given <= 1) return given;
  throw invalidOption(path, 'a number over 0 and up to 1', given);
}

function checkMaxOpenMs(path: string, given: unknown, openMs: number): number {
  const maxOpenMs = checkNumber(path, given, { max: longestMs });
  if (maxOpenMs < openMs) throw invalidOption(path, `at least \`openMs\`, which is ${openMs}`, given);
  return maxOpenMs;
}
