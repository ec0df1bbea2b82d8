import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';
import { type RedisClient, ScriptCaller } from '../../../redis-script.ts';
import { poll } from '../poll.ts';

/**
 * What is given to a client without a connection is done when it has one, when nobody may expect it any more. So it is given
 * what is to be done now only while it has one, and in any case what is as good late: to undo what it was given before.
 *
 * @throws TelltaleError `store_unavailable`
 */
export type AskScript = (
  keys: readonly string[],
  argument: string,
  when?: 'now' | 'in any case',
) => Promise<unknown>;

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

  script(text: string): AskScript {
    const caller = new ScriptCaller(this.#client, text);
    return async (keys, argument, when = 'now') => {
      const untilMs = this.#clock.nowMs() + this.#timeoutMs;
      if (when === 'now' && !(await this.#isReachable(caller, untilMs)))
        throw unavailable('it has no connection');
      try {
        return await this.#within(caller.call(keys, argument), untilMs);
      } catch (error) {
        if (error instanceof TelltaleError) throw error;
        throw unavailable(error instanceof Error ? error.message : String(error), error);
      }
    };
  }

  async #isReachable(caller: ScriptCaller, untilMs: number): Promise<boolean> {
    const ask = async (): Promise<true | undefined> => caller.isReachable() || undefined;
    return (await poll(this.#clock, { signal: undefined, untilMs }, ask)) === true;
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

/** @throws TelltaleError `store_unavailable` where a script answered nothing of the sort, as some proxies do */
export function textsOf(answer: unknown): readonly string[] {
  if (Array.isArray(answer) && answer.every((text) => typeof text === 'string')) return answer;
  throw nonsense();
}

/**
 * Of a number that says whether something was done; clients can be told to give numbers as texts.
 *
 * @throws TelltaleError `store_unavailable` where a script answered nothing of the sort
 */
export function isDone(answer: unknown): boolean {
  if (answer === 1 || answer === '1') return true;
  if (answer === 0 || answer === '0') return false;
  throw nonsense();
}

export function nonsense(): TelltaleError {
  return unavailable('its answer is none to what it was asked');
}
