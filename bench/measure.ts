/** Something to measure. */
export interface Work {
  readonly once: () => Promise<void> | void;
  /** Hands on what `once` left waiting. It is measured too: it belongs to whoever left it. */
  readonly drain?: () => Promise<void>;
}

/** CPU microseconds that `once` takes, `times` times. */
async function cpuUs({ once, drain }: Work, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done++) await once();
  await drain?.();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** What each kind of work took in each round: the n-th figures of two of them were measured in the same moment. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/** So often do the kinds of work take turns within a round. */
const turnsPerRound = 4;

/**
 * Measures several kinds of work in turn, so that a slow moment of the machine meets all of them: in each round `times`
 * of each, in a few turns, and each turn starts with another of them, so that none always comes after the same one.
 * Garbage is collected when the runtime does it: a forced collection makes the calls after it cost twice as much.
 */
export async function inTurn<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  options: {
    rounds: number;
    times: number;
    /**
     * Rounds that do not count. Until it has made some ten thousand calls, the runtime still makes up its mind which code
     * to compile how, and of two equal clients one is by a quarter slower than the other.
     */
    warmUps: number;
  },
): Promise<Rounds<Name>> {
  const { rounds, times, warmUps } = options;
  const names = Object.keys(works) as Name[];
  const results = perName(names, (): number[] => []);
  const turns = Math.min(turnsPerRound, times);
  for (let round = 0; round < warmUps + rounds; round++) {
    const totals = perName(names, () => 0);
    for (let turn = 0; turn < turns; turn++) {
      // Not every number of times can be shared out evenly.
      const share = Math.floor((times * (turn + 1)) / turns) - Math.floor((times * turn) / turns);
      for (let place = 0; place < names.length; place++) {
        const name = names[(round + turn + place) % names.length] as Name;
        totals[name] += await cpuUs(works[name], share);
      }
    }
    if (round < warmUps) continue;
    for (const name of names) results[name].push(totals[name] / times);
  }
  return results;
}

function perName<Name extends string, Value>(
  names: readonly Name[],
  value: () => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value()])) as Record<Name, Value>;
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
