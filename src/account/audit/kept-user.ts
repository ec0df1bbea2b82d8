import { createHmac } from 'node:crypto';
import type { CheckedQuery } from './audit-query.ts';
import { none, other } from './day-book.ts';

/** Under which name a user is kept. */
export function keptUser(user: string, hashUsersWith: string | undefined): string {
  if (hashUsersWith === undefined || user === none || user === other) return user;
  return createHmac('sha256', hashUsersWith).update(user).digest('hex');
}

/** A query that finds a user by the name that the application has for them. */
export function withKeptUser(query: CheckedQuery, hashUsersWith: string | undefined): CheckedQuery {
  const { where } = query;
  if (where.user === undefined) return query;
  return { ...query, where: { ...where, user: keptUser(where.user, hashUsersWith) } };
}
