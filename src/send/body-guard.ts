import type { UnderlyingByteSource } from 'node:stream/web';
import type { Clock } from '../clock.ts';

/** Says whether a body may end. */
export interface EndCheck {
  /** Where in a piece its reader would learn that the answer is over; undefined where it would not. */
  endIn(piece: Uint8Array): number | undefined;
  /** What is wrong with an answer that ends here, all of which but its end has been read. */
  verdict(): Error | undefined;
}

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
  rest(
    held: readonly Uint8Array[],
    signal: AbortSignal,
    check: EndCheck | undefined,
  ): ReadableStream<Uint8Array> {
    const pieces = held.filter((piece) => piece.byteLength > 0);
    let next = 0;
    let end: Uint8Array | undefined;
    const judge = (): void => {
      const error = check?.verdict();
      if (!error) return;
      this.abandon();
      throw error;
    };
    const source: UnderlyingByteSource = {
      type: 'bytes',
      pull: async (controller) => {
        if (end) {
          judge();
          controller.enqueue(end);
          end = undefined;
          return;
        }
        let piece = signal.aborted ? undefined : pieces[next++];
        // An empty piece is not one for a stream of bytes.
        while (!piece?.byteLength) {
          piece = await this.read();
          if (!piece) {
            judge();
            controller.close();
            controller.byobRequest?.respond(0);
            return;
          }
        }
        const at = check?.endIn(piece);
        if (at === 0) judge();
        // The rest is for the next read, when what comes before has been read.
        if (at) end = piece.slice(at);
        controller.enqueue(piece.slice(0, at || piece.byteLength));
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
