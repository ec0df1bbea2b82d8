import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';
import { type RedisClient, ScriptCaller } from '../../../redis-script.ts';
import { poll } from '../poll.ts';

/** Asks Redis, and says so in one way when it does not answer. */
export class Asking {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #client: RedisClient;

  constructor(client: RedisClient, clock: Clock, timeoutMs: number) {
    this.#client = client;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** @returns what asks with this script; throws `store_unavailable` */
  script(text: string): (keys: readonly string[], argument: string) => Promise<unknown> {
    const caller = new ScriptCaller(this.#client, text);
    return async (keys, argument) => {
      const untilMs = this.#clock.nowMs() + this.#timeoutMs;
      // What is given to a client without a connection is done later, when nobody expects it any more.
      const isReachable = await poll(
        this.#clock,
        { signal: undefined, untilMs },
        async () => caller.isReachable() || undefined,
      );
      if (!isReachable) throw unavailable('it has no connection');
      try {
        return await this.#within(caller.call(keys, argument), untilMs);
      } catch (error) {
        if (error instanceof TelltaleError) throw error;
        throw unavailable(error instanceof Error ? error.message : String(error), error);
      }
    };
  }

  #within<T>(answer: Promise<T>, untilMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const late = (): void => reject(unavailable(`it did not answer within ${this.#timeoutMs} ms`));
      const cancel = this.#clock.schedule(late, Math.max(0, untilMs - this.#clock.nowMs()), 'work');
      answer.then(resolve, reject).finally(cancel);
    });
  }
}

function unavailable(why: string, cause?: unknown): TelltaleError {
  return new TelltaleError(
    'store_unavailable',
    `Redis, which keeps these records, cannot be asked: ${why}. What was being written may or may not be there.`,
    cause === undefined ? {} : { cause },
  );
}
