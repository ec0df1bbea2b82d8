import type { ConversationReply, ConversationStream } from './reply.ts';
import type { TurnOptions } from './turn-run.ts';

/**
 * A turn that is read piece by piece. The turn keeps its own pace, and whoever reads it slowly, or not at all, keeps nobody
 * else from theirs.
 */
export class TurnStream implements ConversationStream {
  readonly #signal: AbortSignal | undefined;
  readonly #take: (options: TurnOptions) => Promise<ConversationReply>;
  readonly #stop = new AbortController();
  readonly #pieces: string[] = [];
  #turn: Promise<ConversationReply> | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(signal: AbortSignal | undefined, take: (options: TurnOptions) => Promise<ConversationReply>) {
    this.#signal = signal;
    this.#take = take;
  }

  async reply(): Promise<ConversationReply> {
    return await this.#begin();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    const turn = this.#begin();
    try {
      for (;;) {
        const piece = this.#pieces.shift();
        if (piece !== undefined) yield piece;
        else if (this.#isOver) break;
        else
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
      }
    } finally {
      // Where the loop was left, the turn is stopped; where it is over, this changes nothing.
      this.#stop.abort();
      await turn.catch(() => undefined);
    }
    const { outcome } = await turn;
    if (outcome === 'cut') this.#signal?.throwIfAborted();
  }

  #begin(): Promise<ConversationReply> {
    if (this.#turn) return this.#turn;
    const signals = [this.#stop.signal, ...(this.#signal ? [this.#signal] : [])];
    this.#turn = this.#take({
      signal: AbortSignal.any(signals),
      onPiece: (piece) => {
        this.#pieces.push(piece);
        this.#wake?.();
      },
    }).finally(() => {
      this.#isOver = true;
      this.#wake?.();
    });
    // Whoever reads it is told; who does not is not to be ended by it.
    this.#turn.catch(() => undefined);
    return this.#turn;
  }
}
