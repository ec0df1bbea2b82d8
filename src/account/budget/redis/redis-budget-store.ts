import {
  checkClock,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../../check.ts';
import { type Clock, systemClock } from '../../../clock.ts';
import { type RedisClient, ScriptCaller } from '../../../redis-script.ts';
import { type BudgetStore, type BudgetWhenDown, markAsBudgetStore } from '../store.ts';
import { budgetScript } from './budget-script.ts';
import { SharedBudgets } from './shared-budgets.ts';

/** Who shares the budgets in a Redis, and what happens while it does not answer. */
export interface RedisBudgetStoreOptions {
  /** What the processes that share budgets have in common. It is the hash tag of every key. A non-empty text without braces. */
  readonly key: string;
  /**
   * While Redis does not answer: `'local'` goes on here from the sums that were last known, so that each process may
   * spend what was left; `'closed'` refuses with `store_unavailable`; `'open'` lets everything go. What is spent
   * meanwhile is told to Redis when it is back. @default 'local'
   */
  readonly whenDown?: BudgetWhenDown;
  /** How long to wait for an answer, in milliseconds, from 10 to 60 000. @default 1_000 */
  readonly timeoutMs?: number;
  /**
   * After so long, what a process reserved and did not settle counts as spent: it may have been killed. What it says later
   * still counts in its place. From 1 000 to 86 400 000. @default 900_000
   */
  readonly leaseMs?: number;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

/**
 * Keeps budgets in Redis or Valkey, for all processes with the same `key`, by the server's time. It opens and closes no
 * connection: the client is the application's. Redis must be set to keep what it holds (`appendonly yes`) where it is to
 * survive a restart; where it forgets, the processes tell it what they last knew. Keys hold no names of users.
 *
 * @param client an ioredis client, or one of its clusters
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const budgetStore = redisBudgetStore(new Redis('redis://localhost:6379'), { key: 'acme' });
 * const openai = observe(new OpenAI(), { budget: { usd: 200, per: 'month' }, budgetStore });
 * ```
 */
export function redisBudgetStore(client: RedisClient, options: RedisBudgetStoreOptions): BudgetStore {
  if (typeof client?.evalsha !== 'function' || typeof client.eval !== 'function')
    throw invalidOption('client', 'an ioredis client', client);
  const given = checkObject('options', options, ['key', 'whenDown', 'timeoutMs', 'leaseMs', 'clock']);
  const { whenDown = 'local', timeoutMs = 1_000, leaseMs = 900_000 } = given;
  const key = checkString('options.key', given['key']);
  if (/[{}]/.test(key)) throw invalidOption('options.key', 'a text without braces', key);
  const shared = new SharedBudgets(new ScriptCaller(client, budgetScript), {
    key,
    whenDown: checkOneOf('options.whenDown', whenDown, ['local', 'closed', 'open']),
    timeoutMs: checkNumber('options.timeoutMs', timeoutMs, { min: 10, max: 60_000 }),
    leaseMs: checkNumber('options.leaseMs', leaseMs, { min: 1_000, max: 86_400_000, integer: true }),
    clock: given['clock'] === undefined ? systemClock : checkClock('options.clock', given['clock']),
  });
  return markAsBudgetStore({
    kind: 'redis',
    reserve: (charges) => shared.reserve(charges),
    figures: () => shared.figures(),
    isDown: () => shared.isDown,
    close: () => shared.close(),
  });
}
