/** How much a wrapper said about one piece of work. */
export interface Counts {
  readonly spans: number;
  readonly metricRecords: number;
  readonly logRecords: number;
  /** What a wrapper that has no spans sends instead. */
  readonly events: number;
}

/** One thing that was said: a name or path, and a plain value. */
export type Fact = readonly [name: string, value: string | number | boolean];

/** What a wrapper said about one piece of work. */
export interface Book {
  readonly counts: Counts;
  readonly facts: readonly Fact[];
  /**
   * Says just that again, straight through the SDK that the wrapper itself uses, from values that are there already:
   * the floor, under which nobody who says as much can come.
   */
  readonly replay: () => Promise<void> | void;
}

/** Where a wrapper's telemetry goes: nowhere, in this process. What it passes on the way is an application's. */
export interface Sink {
  /** Gives what was said about `work`, what comes a moment after its end included. */
  readonly record: (work: () => Promise<void>) => Promise<Book>;
  /** Hands over and drops everything that waits. */
  readonly drain: () => Promise<void>;
}

/** Some wrappers end their spans after the call's promise is settled, in a few turns of the event loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
}

const deepest = 12;

/** Every plain value in `value`, with its path, as facts. */
export function factsIn(path: string, value: unknown, depth = 0): readonly Fact[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return [[path, value]];
  }
  if (typeof value !== 'object' || value === null || depth === deepest) return [];
  if (value instanceof Date) return [[path, value.toISOString()]];
  return Object.entries(value).flatMap(([key, inner]) => factsIn(`${path}.${key}`, inner, depth + 1));
}
