/** How much the model is shown; see `KeepOptions`. Without a bound it is infinite. */
export interface KeepRule {
  readonly turns: number;
  readonly tokens: number;
  readonly leave: number;
}

/**
 * How many of the oldest turns fall out, by the tokens of those that are shown, oldest first. None as long as there is room;
 * else so many that only the share `leave` of both bounds remains. The last turn stays where it fits the bound alone, for
 * whoever asks on means that one.
 */
export function fallOut(sizes: readonly number[], { turns, tokens, leave }: KeepRule): number {
  const total = sum(sizes);
  if (sizes.length <= turns && total <= tokens) return 0;
  const mostTurns = share(turns, leave);
  const mostTokens = share(tokens, leave);
  const last = sizes.at(-1) ?? 0;
  let left = total;
  let fallen = 0;
  for (const size of sizes) {
    const count = sizes.length - fallen;
    if (count <= mostTurns && left <= mostTokens) break;
    if (count === 1 && last <= tokens) break;
    left -= size;
    fallen += 1;
  }
  return fallen;
}

/** No share of what has no bound is a bound. */
function share(bound: number, leave: number): number {
  return bound === Number.POSITIVE_INFINITY ? bound : Math.floor(bound * leave);
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
