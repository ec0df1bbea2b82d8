import type { PartSize } from './splitter.ts';
import { type AttemptState, type BatchRecords, type PartState, partId } from './state.ts';

/** Answers so far of a batch that runs, as the provider last said. */
export interface LiveCounts {
  readonly status: string;
  readonly completed: number;
  readonly failed: number;
}

/** The state of a part: what is changed is stored before it is relied on. */
export class PartKeeper {
  readonly part: PartSize;
  /** Of the last batch; it is not stored. */
  live: LiveCounts | undefined;
  /** Whether the queue of the model has no room for it at present. */
  waitsForQueue = false;
  readonly #name: string;
  readonly #records: BatchRecords;
  readonly #onChange: () => void;
  #state: PartState;

  private constructor(
    need: { readonly id: string; readonly records: BatchRecords; readonly onChange: () => void },
    part: PartSize,
    state: PartState,
  ) {
    this.part = part;
    this.#name = partId(need.id, part.number);
    this.#records = need.records;
    this.#onChange = need.onChange;
    this.#state = state;
  }

  static async open(
    need: { readonly id: string; readonly records: BatchRecords; readonly onChange: () => void },
    part: PartSize,
    key: string,
  ): Promise<PartKeeper> {
    const stored = await need.records.parts.read(partId(need.id, part.number));
    const state = stored?.value.key === key ? stored.value : newPart(part, key);
    return new PartKeeper(need, part, state);
  }

  get state(): PartState {
    return this.#state;
  }

  attempt(index: number): AttemptState {
    const attempt = this.#state.attempts[index];
    if (!attempt) throw new Error(`The part ${this.part.number} has no attempt ${index}.`);
    return attempt;
  }

  async change(changes: Partial<PartState>): Promise<void> {
    const state = { ...this.#state, ...changes };
    await this.#records.parts.write(this.#name, state);
    this.#state = state;
    this.#onChange();
  }

  async changeAttempt(index: number, changes: Partial<AttemptState>): Promise<void> {
    await this.change({ attempts: this.#changed(index, changes) });
  }

  /** Ends an attempt, and begins the next one with the lines that it left, in one step. */
  async closeAttempt(
    index: number,
    changes: Partial<AttemptState>,
    next: AttemptState | undefined,
  ): Promise<void> {
    this.live = undefined;
    const closed = this.#changed(index, changes);
    await this.change(next ? { attempts: [...closed, next] } : { attempts: closed, isDone: true });
  }

  setLive(live: LiveCounts): void {
    this.live = live;
    this.#onChange();
  }

  setWaitsForQueue(waits: boolean): void {
    if (this.waitsForQueue === waits) return;
    this.waitsForQueue = waits;
    this.#onChange();
  }

  #changed(index: number, changes: Partial<AttemptState>): readonly AttemptState[] {
    return this.#state.attempts.map((attempt, at) => (at === index ? { ...attempt, ...changes } : attempt));
  }
}

function newPart({ model, requests, tokens }: PartSize, key: string): PartState {
  return { key, model, attempts: [newAttempt(requests, tokens)], isDone: false };
}

export function newAttempt(requests: number, tokens: number, lines?: string): AttemptState {
  return {
    ...(lines !== undefined && { lines }),
    requests,
    tokens,
    submissions: 0,
    isRead: false,
    succeeded: 0,
    failed: 0,
    reasons: {},
  };
}
