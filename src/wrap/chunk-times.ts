import type { Call } from '../call.ts';
import type { CallListeners } from './call-listeners.ts';

/** When the chunks of a call's streams come. */
export class ChunkTimes {
  readonly #call: Call;
  readonly #listeners: CallListeners;
  #lastMs: number | undefined;

  constructor(call: Call, listeners: CallListeners) {
    this.#call = call;
    this.#listeners = listeners;
  }

  /** So many arrived together. */
  read(count: number, nowMs: number): void {
    const call = this.#call;
    let gapMs = nowMs - (this.#lastMs ?? call.startedMs);
    this.#lastMs = nowMs;
    call.firstChunkMs ??= nowMs - call.startedMs;
    for (let chunk = 0; chunk < count; chunk++) {
      call.chunks++;
      this.#listeners.chunkRead(call, gapMs);
      gapMs = 0;
    }
  }
}
