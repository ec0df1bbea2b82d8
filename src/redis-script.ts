import { createHash } from 'node:crypto';
import { outsideWord } from './outside-word.ts';

/** What is needed of an ioredis client or cluster. */
export interface RedisClient {
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  readonly status?: string;
}

/** Calls a script by its digest, and sends it along where Redis does not know it. */
export class ScriptCaller {
  readonly #client: RedisClient;
  readonly #script: string;
  readonly #hash: string;

  constructor(client: RedisClient, script: string) {
    this.#client = client;
    this.#script = script;
    this.#hash = createHash('sha1').update(script).digest('hex');
  }

  /** A client without a connection keeps what it is given until it has one, which may be never. */
  isReachable(): boolean {
    return !['reconnecting', 'close', 'end'].includes(this.#client.status ?? '');
  }

  async call(keys: readonly string[], argument: string): Promise<unknown> {
    try {
      return await this.#client.evalsha(this.#hash, keys.length, ...keys, argument);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw told(error);
    }
    try {
      return await this.#client.eval(this.#script, keys.length, ...keys, argument);
    } catch (error) {
      throw told(error);
    }
  }
}

/**
 * What is told of an error of Redis. ioredis puts what was sent on it, which a crash would print: names of users, and what was
 * said in conversations. Its sentence is the server's, and ends in warnings.
 */
function told(error: unknown): Error {
  return new Error(outsideWord(error instanceof Error ? error.message : String(error)));
}
