/** CPU microseconds that one `work` takes, over `times` of them. */
async function cpuUs(work: () => Promise<void> | void, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done++) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}

/**
 * Measures several kinds of work in turn, round by round, so that a slow moment of the machine meets all of them.
 * Gives the median of each over the rounds.
 */
export async function inTurn(
  works: Readonly<Record<string, () => Promise<void> | void>>,
  options: { rounds: number; times: number },
): Promise<Record<string, number>> {
  const results: Record<string, number[]> = {};
  for (const work of Object.values(works)) await cpuUs(work, options.times);
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      globalThis.gc?.();
      results[name] ??= [];
      results[name].push(await cpuUs(work, options.times));
    }
  }
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
