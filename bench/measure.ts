/** Something to measure. */
export interface Work {
  readonly once: () => Promise<void> | void;
  /** Hands on what `once` left waiting. It is measured too: it belongs to whoever left it. */
  readonly drain?: () => Promise<void>;
}

/** CPU microseconds that one `once` takes, over `times` of them. */
async function cpuUs({ once, drain }: Work, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done++) await once();
  await drain?.();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/** What each kind of work took in each round: the n-th figures of two of them were measured in the same moment. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Measures several kinds of work in turn, round by round, so that a slow moment of the machine meets all of them. Each
 * round starts with another of them, so that none always comes after the same one.
 */
export async function inTurn<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  options: {
    rounds: number;
    times: number;
    /** Rounds that do not count, in which the code gets compiled. */
    warmUps?: number;
  },
): Promise<Rounds<Name>> {
  const names = Object.keys(works) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let warmUp = 0; warmUp < (options.warmUps ?? 1); warmUp++) {
    for (const name of names) await cpuUs(works[name], options.times);
  }
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as Name;
      globalThis.gc?.();
      results[name].push(await cpuUs(works[name], options.times));
    }
  }
  return results;
}

/** The quantile `part` (0 to 1) of some values, between the two nearest where it falls there; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** What each round gives for two kinds of work. */
export function pairwise(
  first: readonly number[],
  second: readonly number[],
  combine: (first: number, second: number) => number,
): readonly number[] {
  return first.map((value, round) => combine(value, second[round] ?? Number.NaN));
}
