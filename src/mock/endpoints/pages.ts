import type { Refusal, WholeAnswer } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import { json, notOneOf } from './answers.ts';

/** What a list is asked for. */
export interface PageBounds {
  readonly defaultLimit: number;
  readonly mostLimit: number;
  /** @default 'desc' */
  readonly order?: 'asc' | 'desc';
  /** Whether the page names the cursor of the next one in `next`, as the lists of the administration do. @default false */
  readonly next?: boolean;
}

const usual: PageBounds = { defaultLimit: 20, mostLimit: 100 };

/**
 * A page of a list by its `limit`, `order`, `after` and `before`. `items` in the order in which they were made; `idOf` is
 * what a cursor names.
 */
export function page<T extends object>(
  items: readonly T[],
  query: URLSearchParams,
  bounds: PageBounds = usual,
  idOf: (item: T) => unknown = (item) => ('id' in item ? item.id : undefined),
): WholeAnswer | Refusal {
  const { defaultLimit, mostLimit } = bounds;
  const asked = query.get('limit') ?? String(defaultLimit);
  const limit = Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostLimit)
    return limitProblem(asked, limit, mostLimit);
  const order = query.get('order') ?? bounds.order ?? 'desc';
  if (order !== 'asc' && order !== 'desc') return notOneOf('order', ['asc', 'desc'], order);
  const ordered = order === 'asc' ? items : items.toReversed();
  const range = { from: 0, to: ordered.length };
  for (const cursor of ['after', 'before'] as const) {
    const id = query.get(cursor) ?? (cursor === 'after' ? query.get('page') : null);
    if (!id) continue;
    const at = ordered.findIndex((item) => idOf(item) === id);
    if (at === -1)
      return refuse(400, `Invalid '${cursor}': no object of this list has the id '${id}'.`, cursor);
    if (cursor === 'after') range.from = at + 1;
    else range.to = at;
  }
  // Before a cursor the page ends at it; after one, or without, it begins there.
  const backwards = query.get('before') && !query.get('after');
  const from = backwards ? Math.max(range.from, range.to - limit) : range.from;
  const data = ordered.slice(from, Math.min(range.to, from + limit));
  const [first, last] = [data[0], data.at(-1)];
  const hasMore = backwards ? from > range.from : from + limit < range.to;
  return json({
    object: 'list',
    data,
    first_id: first ? idOf(first) : null,
    last_id: last ? idOf(last) : null,
    has_more: hasMore,
    ...(bounds.next && { next: last && hasMore ? idOf(last) : null }),
  });
}

function limitProblem(asked: string, limit: number, most: number): Refusal {
  if (!Number.isInteger(limit)) {
    const message = `Invalid type for 'limit': expected an integer, but got '${asked}' instead.`;
    return refuse(400, message, 'limit', 'invalid_type');
  }
  const [which, bound, code] =
    limit < 1
      ? ['below minimum', '>= 1', 'integer_below_min_value']
      : ['above maximum', `<= ${most}`, 'integer_above_max_value'];
  const message = `Invalid 'limit': integer ${which} value. Expected a value ${bound}, but got ${limit} instead.`;
  return refuse(400, message, 'limit', code);
}
