import type { Body, Refusal } from '../answer.ts';
import { refuse } from '../error-bodies.ts';

/** An item of a response or a conversation, as the API gives it. */
export type Item = Body & { readonly id: string };

const MOST_ITEMS = 100;

/** One page of a list of items, as the query asks: `order` (desc unless asc), `after` an item, at most `limit`. */
export function pageOf(items: readonly Item[], query: URLSearchParams): Body | Refusal {
  const limit = Number(query.get('limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ITEMS) {
    const message = `Invalid 'limit': expected an integer from 1 to ${MOST_ITEMS}, but got ${query.get('limit')} instead.`;
    return refuse(400, message, 'limit', 'invalid_value');
  }
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') {
    const message = `Invalid value: '${order}'. Supported values are: 'asc' and 'desc'.`;
    return refuse(400, message, 'order', 'invalid_value');
  }
  const ordered = order === 'asc' ? items : items.toReversed();
  const after = query.get('after');
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== null && from === 0) {
    return refuse(400, `Invalid 'after': item with id '${after}' not found.`, 'after', 'invalid_value');
  }
  return listOf(ordered.slice(from, from + limit), from + limit < ordered.length);
}

export function listOf(data: readonly Item[], hasMore: boolean): Body {
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: hasMore,
  };
}
