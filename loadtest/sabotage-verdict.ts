import { type Sabotage, sabotages } from './gateway/sabotage/index.ts';
import type { Invariant } from './report/model.ts';

/**
 * What speaks against a run with a planted bug beside the invariant that names it: that it was not named, or that others
 * broke too. A run that was to turn red must not be green because the bug had no occasion.
 */
export function sabotageReasons(sabotage: Sabotage, invariants: readonly Invariant[]): string[] {
  const { invariant: id, named } = sabotages[sabotage];
  const broken = invariants.filter(({ difference }) => difference !== 0);
  const isNamed = broken.some((one) => one.id === id && one.broken?.some((how) => how.endsWith(named)));
  const others = broken.filter((one) => one.id !== id).map((one) => one.id);
  return [
    ...(isNamed
      ? []
      : [
          `${id} did not name the planted bug ${sabotage} (${named}): perhaps it had no occasion; raise --rate or --duration`,
        ]),
    ...(others.length === 0 ? [] : [`beside ${id}, which names the planted bug, ${others.join(', ')} broke`]),
  ];
}
