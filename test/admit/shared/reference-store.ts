import { markAsStore } from '../../../src/admit/shared/mark-as-store.ts';
import type { LeaseOptions, WhenDown } from '../../../src/admit/shared/options.ts';
import {
  NonsenseError,
  type SharedStore,
  type StoreMeter,
  type StoreReply,
  type StoreRequest,
  type Verdict,
} from '../../../src/admit/shared/store.ts';

/** What becomes of one exchange. */
export type Fate =
  | 'answered'
  /** It never reaches the store. */
  | 'lost'
  /** The store does what is asked, and nobody hears of it. */
  | 'unheard'
  /** The store does what is asked, and answers what cannot be understood. */
  | 'nonsense';

interface Entry {
  readonly meter: string;
  readonly stampMs: number;
  readonly amount: number;
}

/** A store as a plain list of all that was ever taken and given back. */
export class ReferenceStore {
  readonly entries: Entry[] = [];
  /** Processes that are there, and when they were last heard of. */
  readonly #heardMs = new Map<string, number>();
  /** Who waits, and when that was told. */
  readonly #waitingMs = new Map<string, number>();
  /** The most that any limit ever held more than its quota. */
  over = Number.NEGATIVE_INFINITY;
  readonly #batches = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** As last told, and not forgotten yet. */
  get live(): readonly string[] {
    return this.#since(this.#heardMs, 15_000);
  }

  /** As last told, and not forgotten yet. */
  get waiting(): readonly string[] {
    return this.#since(this.#waitingMs, 2_000);
  }

  /** All that is left of what was taken, whenever that was. */
  total(meter: string): number {
    return this.entries.reduce((sum, entry) => (entry.meter === meter ? sum + entry.amount : sum), 0);
  }

  used({ name, widthMs, parts }: StoreMeter): number {
    const newest = Math.floor(this.#nowMs() / widthMs);
    return this.entries.reduce(
      (sum, { meter, stampMs, amount }) =>
        meter === name && Math.floor(stampMs / widthMs) > newest - parts ? sum + amount : sum,
      0,
    );
  }

  do(request: StoreRequest): StoreReply {
    const { id, batch, corrections, meters, groups } = request;
    if (corrections.length > 0 && batch > (this.#batches.get(id) ?? 0)) {
      this.#batches.set(id, batch);
      for (const { meter, takenMs, difference } of corrections) this.#add(meter, takenMs, difference);
    }
    const room = (group: number, calls: number, tokens: number): boolean =>
      this.#metersOf(request, group).every(
        (meter) => this.used(meter) + (meter.ofRequests ? calls : tokens) <= meter.quota,
      );
    const take = (group: number, calls: number, tokens: number): void => {
      for (const meter of this.#metersOf(request, group)) {
        this.#add(meter, this.#nowMs(), meter.ofRequests ? calls : tokens);
        this.over = Math.max(this.over, this.used(meter) - meter.quota);
      }
    };
    const blocked = new Set<number>();
    const verdicts = request.waiters.map(({ group, tokens }): Verdict => {
      if (request.isShadow) {
        const hasRoom = room(group, 1, tokens);
        take(group, 1, tokens);
        return hasRoom ? 'admitted' : 100;
      }
      // First come, first served: whoever stands behind one that cannot go is not looked at.
      if (blocked.has(group)) return undefined;
      if (room(group, 1, tokens)) {
        take(group, 1, tokens);
        return 'admitted';
      }
      blocked.add(group);
      return 100;
    });
    const leases = request.leases.map(({ group, count, tokens }) => {
      const isWanted = blocked.size === 0 && room(group, count, tokens);
      if (!isWanted) return { count: 0, tokens: 0 };
      take(group, count, tokens);
      return { count, tokens };
    });
    if (request.isBye) this.#heardMs.delete(id);
    else if (request.isBeat) this.#heardMs.set(id, this.#nowMs());
    if (request.lanes.length > 0 && verdicts.some((verdict) => verdict !== 'admitted'))
      this.#waitingMs.set(id, this.#nowMs());
    else this.#waitingMs.delete(id);
    return {
      nowMs: this.#nowMs(),
      epoch: 'the only one',
      liveInstances: this.live.length,
      verdicts,
      meters: groups.length === 0 ? [] : meters.map((meter) => ({ used: this.used(meter), roomInMs: 0 })),
      leases,
      foreign: request.told.map(() => 0),
    };
  }

  #since(times: ReadonlyMap<string, number>, keptMs: number): readonly string[] {
    return [...times].flatMap(([id, atMs]) => (this.#nowMs() - atMs < keptMs ? [id] : []));
  }

  #add(meter: StoreMeter, stampMs: number, amount: number): void {
    this.entries.push({ meter: meter.name, stampMs, amount });
  }

  #metersOf({ groups, meters }: StoreRequest, group: number): readonly StoreMeter[] {
    return (groups[group] ?? []).flatMap((place) => meters[place] ?? []);
  }
}

/**
 * The way to it, as one connection: questions arrive in their order, and so do answers. When each does, and whether, is
 * decided by the test.
 */
export function wayTo(
  reference: ReferenceStore,
  way: {
    readonly whenDown: WhenDown;
    readonly timeoutMs: number;
    readonly lease: Required<LeaseOptions> | false;
    isReachable(): boolean;
    fate(): Fate;
    /** Resolves when the test lets it. */
    step(label: string): Promise<void>;
  },
): SharedStore {
  let exchanges = 0;
  let lastArrived: Promise<void> = Promise.resolve();
  let lastAnswered: Promise<void> = Promise.resolve();
  return markAsStore({
    whenDown: way.whenDown,
    timeoutMs: way.timeoutMs,
    lease: way.lease,
    isReachable: () => way.isReachable(),
    async exchange(request) {
      const name = `${request.id.slice(-4)} ${exchanges++}`;
      const fate = way.fate();
      const arrives = lastArrived.then(() => way.step(`question ${name} arrives (${fate})`));
      lastArrived = arrives;
      await arrives;
      const reply = fate === 'lost' ? undefined : reference.do(request);
      const answers = lastAnswered.then(() => way.step(`answer ${name} arrives (${fate})`));
      lastAnswered = answers;
      await answers;
      if (fate === 'nonsense') throw new NonsenseError('nonsense');
      if (fate !== 'answered' || !reply) throw new Error(fate);
      return reply;
    },
  });
}
