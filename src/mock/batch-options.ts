import { checkNumber, checkObject } from '../check.ts';

/** How batches run. Each time is drawn by seed, from half to one and a half of what is given. */
export interface BatchOptions {
  /** How long the input is checked, in milliseconds, at least 0. @default 200 */
  readonly validatingMs?: number;
  /** How long the lines of a batch take together, in milliseconds, at least 0. @default 2000 */
  readonly runningMs?: number;
  /** How long the output files are made, and how long a cancellation takes, in milliseconds, at least 0. @default 200 */
  readonly finalizingMs?: number;
  /** Share of the lines that fail with 500, from 0 to 1. @default 0 */
  readonly failureRate?: number;
  /** What a batch has time for before it expires, in milliseconds, at least 1. @default 86400000, which is 24 hours */
  readonly windowMs?: number;
  /** How many tokens of prompts the batches of one model may hold that have not ended, at least 1. @default no limit */
  readonly enqueuedTokens?: number;
}

export type Batching = Required<Omit<BatchOptions, 'enqueuedTokens'>> & Pick<BatchOptions, 'enqueuedTokens'>;

export const defaultBatching: Batching = {
  validatingMs: 200,
  runningMs: 2_000,
  finalizingMs: 200,
  failureRate: 0,
  windowMs: 24 * 3_600_000,
};

/** Half as much again must still be a time that a timer can wait. */
const LONGEST_MS = 14 * 24 * 3_600_000;

export function parseBatching(path: string, value: unknown): Batching {
  const given = checkObject(path, value, [...Object.keys(defaultBatching), 'enqueuedTokens']);
  function within(key: keyof typeof defaultBatching, min: number, max: number): number {
    return checkNumber(`${path}.${key}`, given[key] ?? defaultBatching[key], { min, max });
  }
  const { enqueuedTokens } = given;
  return {
    validatingMs: within('validatingMs', 0, LONGEST_MS),
    runningMs: within('runningMs', 0, LONGEST_MS),
    finalizingMs: within('finalizingMs', 0, LONGEST_MS),
    failureRate: within('failureRate', 0, 1),
    windowMs: within('windowMs', 1, LONGEST_MS),
    ...(enqueuedTokens === undefined
      ? {}
      : {
          enqueuedTokens: checkNumber(`${path}.enqueuedTokens`, enqueuedTokens, { min: 1, integer: true }),
        }),
  };
}
