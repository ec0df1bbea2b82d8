import { redisBudgetStore } from './account/budget/redis/redis-budget-store.ts';
import type { RedisStoreOptions } from './admit/redis/redis-store.ts';
import { redisStore as redisLimits } from './admit/redis/redis-store.ts';
import type { SharedStore } from './admit/shared/store.ts';
import type { RedisClient } from './redis-script.ts';

/**
 * Holds a limiter's limits in Redis or Valkey, for all processes with the same `key`, and the budgets of `observe` beside
 * them where no `budgetStore` is named. It opens and closes no connection: the client is the application's.
 *
 * @param client an ioredis client, or one of its clusters
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const store = redisStore(new Redis('redis://localhost:6379'), { key: 'acme' });
 * const limiter = createLimiter({ limits: [{ requests: 500, per: 'minute' }], store });
 * ```
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions): SharedStore {
  const store = redisLimits(client, options);
  const { key } = options;
  const { timeoutMs } = store;
  const whenDown = store.whenDown === 'local-share' ? 'local' : store.whenDown;
  return { ...store, budgets: (clock) => redisBudgetStore(client, { key, whenDown, timeoutMs, clock }) };
}
