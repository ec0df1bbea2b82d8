const unitsMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1_000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ns: 1e-6,
};

/** The longest that is believed: nothing a provider limits has a longer window. */
const longestMs = 31 * 86_400_000;
const longestText = 40;

/**
 * A duration as Go prints it (`12ms`, `8.64s`, `6m0s`, `1h2m3.5s`), or a plain number, which is seconds. In milliseconds;
 * undefined for anything else, also for what is negative or longer than 31 days.
 */
export function parseDuration(text: string): number | undefined {
  const given = text.length > longestText ? '' : text.trim();
  const durationMs = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) * 1_000 : sumOfParts(given);
  return durationMs !== undefined && durationMs <= longestMs ? durationMs : undefined;
}

function sumOfParts(given: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|μs|ns))+$/.test(given)) return undefined;
  let sumMs = 0;
  let smallest = Number.POSITIVE_INFINITY;
  for (const [, amount, unit = ''] of given.matchAll(/(\d+(?:\.\d+)?)([a-zµμ]+)/g)) {
    const unitMs = unitsMs[unit] ?? 0;
    // Go goes from large units to small ones and names each once.
    if (unitMs >= smallest) return undefined;
    smallest = unitMs;
    sumMs += Number(amount) * unitMs;
  }
  // What floating point adds at the far end is no part of what was said.
  return Math.round(sumMs * 1e6) / 1e6;
}
