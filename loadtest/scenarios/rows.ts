import type { RunReport } from '../report/model.ts';

/** The rows of a comparison: each figure's name, and how it is said of either side. */
export function rowsOf<Side>(
  { bare, wrapped }: { readonly bare: Side; readonly wrapped: Side },
  figures: readonly (readonly [name: string, of: (side: Side) => string])[],
): NonNullable<RunReport['comparison']>['rows'] {
  return figures.map(([figure, of]) => ({ figure, bare: of(bare), wrapped: of(wrapped) }));
}
