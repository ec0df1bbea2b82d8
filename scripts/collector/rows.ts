/** One thing that was counted on both sides. */
export interface Row {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
  readonly ok: boolean;
}

type Cell = string | number | boolean;

/** Both must be the same. */
export function same(what: string, expected: Cell, got: Cell): Row {
  return { what, expected: shown(expected), got: shown(got), ok: expected === got };
}

/** There must be some, or the row would prove nothing, and both must be the same. */
export function sameSome(what: string, expected: number, got: number): Row {
  const ok = expected > 0 && expected === got;
  return { what, expected: expected === 0 ? 'some' : shown(expected), got: shown(got), ok };
}

/** There must be some. */
export function some(what: string, got: number): Row {
  return { what, expected: 'some', got: shown(got), ok: got > 0 };
}

/** It must lie between them. */
export function within(what: string, [least, most]: readonly [number, number], got: number): Row {
  return {
    what,
    expected: `${shown(least)} to ${shown(most)}`,
    got: shown(got),
    ok: got >= least && got <= most,
  };
}

function shown(cell: Cell): string {
  if (typeof cell === 'number') return cell.toLocaleString('en-US');
  return typeof cell === 'boolean' ? (cell ? 'yes' : 'no') : cell;
}
