import type { UnderlyingByteSource } from 'node:stream/web';
import type { Clock } from '../clock.ts';

export interface BodyGuardOptions {
  readonly clock: Clock;
  /** How long one read may take; undefined where it may take for ever. */
  readonly idleMs: number | undefined;
  /** What a read that took longer fails with. */
  readonly idleError: () => Error;
  /** Nothing more will be read. */
  readonly onOver: () => void;
}

/**
 * Reads a body piece by piece, when it is asked to and no further, so that it can be ended from outside: at a deadline, or
 * when nothing comes. There is a timer only while a read is under way.
 */
export class BodyGuard {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #options: BodyGuardOptions;
  #failure: { readonly error: unknown } | undefined;
  #isOver = false;
  #rejectRead: ((error: unknown) => void) | undefined;

  constructor(body: ReadableStream<Uint8Array>, options: BodyGuardOptions) {
    this.#reader = body.getReader();
    this.#options = options;
  }

  /** The next piece; undefined at the end. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const { clock, idleMs, idleError } = this.#options;
    return new Promise((resolve, reject) => {
      const stopWaiting =
        idleMs === undefined ? undefined : clock.schedule(() => this.fail(idleError()), idleMs, 'work');
      const settle = (): void => {
        stopWaiting?.();
        this.#rejectRead = undefined;
      };
      this.#rejectRead = (error) => {
        settle();
        reject(error);
      };
      this.#reader.read().then(
        ({ value, done }) => {
          settle();
          if (done) this.#over();
          resolve(done ? undefined : value);
        },
        (error: unknown) => {
          settle();
          this.#failure ??= { error };
          this.#over();
          reject(error);
        },
      );
    });
  }

  /** Ends the body with an error, now; the provider sees the connection close. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    this.#failure = { error };
    this.#rejectRead?.(error);
    this.abandon();
  }

  /** Reads no further: that closes the connection. */
  abandon(): void {
    this.#reader.cancel().catch(() => {});
    this.#over();
  }

  /**
   * What was read already, and all that is still to come, for somebody else to read. After an abort of `signal` nothing of it is
   * given, as from the body itself.
   */
  rest(held: readonly Uint8Array[], signal: AbortSignal): ReadableStream<Uint8Array> {
    const pieces = held.filter((piece) => piece.byteLength > 0);
    let next = 0;
    const source: UnderlyingByteSource = {
      type: 'bytes',
      pull: async (controller) => {
        let piece = signal.aborted ? undefined : pieces[next++];
        // An empty piece is not one for a stream of bytes.
        while (!piece?.byteLength) {
          piece = await this.read();
          if (!piece) {
            controller.close();
            controller.byobRequest?.respond(0);
            return;
          }
        }
        controller.enqueue(piece.slice());
      },
      cancel: async (reason) => {
        this.#over();
        await this.#reader.cancel(reason);
      },
    };
    return new ReadableStream(source, { highWaterMark: 0 });
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.onOver();
  }
}
