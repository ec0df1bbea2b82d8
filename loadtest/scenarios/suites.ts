import { scenarios } from './index.ts';

/** Several scenarios, one after the other. */
export interface Suite {
  readonly says: string;
  /** By their names. */
  readonly scenarios: readonly string[];
  /** How long each lasts where `--duration` is not given, unless it says that it needs longer; undefined leaves it to each. */
  readonly durationMs?: number;
  /** The most JSON calls a second where `--rate` is not given, before `--factor`. @default as each is sized */
  readonly jsonPerSecond?: number;
  /** Whether the bare client's turn is left out where it can be. */
  readonly isBrief?: boolean;
}

/** `calm` is a part of `baseline`. */
const each = Object.keys(scenarios).filter((name) => name !== 'calm');

/** By the name that `--scenario` takes. */
export const suites: Readonly<Record<string, Suite>> = {
  all: { says: 'every scenario in full, one after the other: more than an hour', scenarios: each },
  tour: {
    says: 'every scenario for 12 s each (soak: 40 s), without the bare client where that can be: a few minutes',
    scenarios: each,
    durationMs: 12_000,
    // New processes take a second or two to keep up with more on two cores, and the first phase is over after three.
    jsonPerSecond: 50,
    isBrief: true,
  },
};
