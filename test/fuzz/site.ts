import { inspect } from 'node:util';
import type OpenAI from 'openai';
import { errorPortrait, plainText } from '../contract/normalize.ts';
import { type LockstepServer, turns } from './lockstep-server.ts';

/** Everything that the caller comes to see, in order, as text in which equal things look equal. */
export class Site {
  readonly seen: string[] = [];
  readonly abort = new AbortController();
  readonly client: OpenAI;
  readonly server: LockstepServer;
  /** What the caller holds on to: without it, the garbage collector may close what the caller only left. */
  readonly held: unknown[] = [];
  /** The first error that the client gave, and not the caller. */
  clientError: unknown;
  /** The caller read to an end that looked good. */
  readToEnd = false;
  /** The caller stopped before. */
  stopped = false;

  constructor(client: OpenAI, server: LockstepServer) {
    this.client = client;
    this.server = server;
    this.held.push(client);
  }

  note(what: string, value?: unknown): void {
    this.seen.push(value === undefined ? what : `${what}: ${look(value)}`);
  }

  fail(what: string, error: unknown): void {
    if (!isOwnError(error)) this.clientError ??= error;
    this.seen.push(`${what} failed: ${look(errorPortrait(error, this.client))}`);
  }

  /** Waits for `promise` unless nothing will come any more; notes how it ended. */
  async expect<T>(what: string, promise: Promise<T>, note = true): Promise<T | undefined> {
    const settled = promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const result = await Promise.race([settled, this.server.exhausted().then(() => undefined)]);
    return this.#took(what, result, note);
  }

  /** Notes how something ended that says nothing of the call. */
  async expectRefusal(what: string, promise: Promise<unknown>): Promise<void> {
    const { clientError, readToEnd } = this;
    await this.expect(what, promise);
    this.clientError = clientError;
    this.readToEnd = readToEnd;
  }

  /**
   * The same for what may still make new requests by itself: only a server that waits stops it. Undefined where there
   * is no answer.
   */
  async expectAnswer<T>(what: string, promise: PromiseLike<T>): Promise<{ readonly value: T } | undefined> {
    let over = false;
    const settled = Promise.resolve(promise).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    void settled.finally(() => {
      over = true;
    });
    const stuck = (async () => {
      while (!over) {
        await turns(50);
        if (!this.server.isWaiting) continue;
        await this.server.exhausted();
        if (this.server.isWaiting && !over) break;
      }
      return undefined;
    })();
    const result = await Promise.race([settled, stuck]);
    this.#took(what, result, false);
    return result && 'value' in result ? result : undefined;
  }

  #took<T>(
    what: string,
    result: { value: T } | { error: unknown } | undefined,
    note: boolean,
  ): T | undefined {
    if (!result) this.note(`${what} is pending`);
    else if ('error' in result) this.fail(what, result.error);
    else {
      if (note) this.note(what, result.value);
      return result.value;
    }
    return undefined;
  }
}

/** An error that the caller throws in a loop of its own. */
export class OwnError extends Error {}

function isOwnError(error: unknown): boolean {
  return error instanceof OwnError;
}

/** A value with all that can be told of it, hidden properties and the key `__proto__` included. */
export function look(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes ${JSON.stringify(Buffer.from(value).toString('latin1'))}`;
  return plainText(
    inspect(value, {
      depth: 20,
      showHidden: true,
      maxArrayLength: null,
      maxStringLength: 2_000,
      breakLength: Number.POSITIVE_INFINITY,
    }),
  );
}
