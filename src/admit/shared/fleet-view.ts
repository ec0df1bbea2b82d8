import type { Clock } from '../../clock.ts';
import type { LimitFigures } from '../limiter-statistics.ts';
import type { Meter } from '../meter.ts';
import type { QuotaGroup } from '../quota-group.ts';
import { widthMsOf } from '../window-ring.ts';
import type { Question } from './question.ts';
import type { StoreReply, StoreRequest } from './store.ts';

interface MeterView {
  readonly used: number;
  readonly roomAtMs: number;
  readonly knownMs: number;
}

/** No two clocks that are right go by more apart. */
const fastestClock = 1.001;
const slackMs = 1_000;

/** What the store last said of the fleet. */
export class FleetView {
  readonly #clock: Clock;
  readonly #keptMs: number;
  readonly #timeoutMs: number;
  readonly #meters = new WeakMap<Meter, MeterView>();
  /** What the store did not know of what this process told, altogether. */
  readonly #foreign = new WeakMap<Meter, number>();
  #epoch = '';
  #knownMs = 0;
  #knownEpochMs = 0;
  #offsetMs: number | undefined;
  #storeMs = 0;
  #storeSentMs = 0;
  liveInstances = 1;

  constructor(clock: Clock, keptMs: number, timeoutMs: number) {
    this.#clock = clock;
    this.#keptMs = keptMs;
    this.#timeoutMs = timeoutMs;
  }

  learn(question: Question, reply: StoreReply, sentMs: number): void {
    this.#knownMs = this.#clock.nowMs();
    this.#knownEpochMs = this.#clock.epochMs();
    this.#epoch = reply.epoch;
    this.#storeMs = reply.nowMs;
    this.#storeSentMs = sentMs;
    this.#offsetMs = reply.nowMs - (sentMs + this.#knownMs) / 2;
    this.liveInstances = Math.max(reply.liveInstances, 1);
    this.#see(question, reply, this.#knownMs);
  }

  /** Empty where the store may have forgotten it since by itself, by either clock: one of them may have stood still. */
  get epoch(): string {
    const agedMs = Math.max(this.#clock.nowMs() - this.#knownMs, this.#clock.epochMs() - this.#knownEpochMs);
    return agedMs < this.#keptMs - 1_000 ? this.#epoch : '';
  }

  /** What the store is to know of what is remembered here. */
  memory(nowMs: number): Pick<StoreRequest, 'epoch' | 'keptMs' | 'storeMs' | 'sinceMs'> {
    const sinceMs = (nowMs - this.#storeSentMs) * fastestClock + this.#timeoutMs + slackMs;
    return { epoch: this.epoch, keptMs: this.#keptMs, storeMs: this.#storeMs, sinceMs };
  }

  /**
   * The store's time, as far as it can be told from here, at which something goes without it: the middle of a part, so
   * that there are few of them to tell it of.
   */
  stampWithout({ meters }: QuotaGroup, nowMs: number): number {
    const widthMs = Math.min(...meters.map(({ limit }) => widthMsOf(limit.windowMs)));
    const storeMs = this.#offsetMs === undefined ? this.#clock.epochMs() : nowMs + this.#offsetMs;
    return (Math.floor(storeMs / widthMs) + 0.5) * widthMs;
  }

  /** What the fleet had used, until that has left the window. */
  used(meter: Meter, nowMs: number): number {
    const view = this.#meters.get(meter);
    return view && nowMs - view.knownMs < meter.limit.windowMs ? view.used : 0;
  }

  /** When all of `amount` will have gone, if nobody else comes. For projections: it may be a little too early. */
  goneAtMs(meter: Meter, amount: number, nowMs: number): number {
    const over = this.used(meter, nowMs) + amount - meter.quota;
    if (over <= 0) return nowMs;
    const roomAtMs = this.#meters.get(meter)?.roomAtMs ?? nowMs;
    const sinceMs = this.#meters.get(meter)?.knownMs ?? nowMs;
    return Math.max(nowMs, roomAtMs, sinceMs + (over / meter.quota) * meter.limit.windowMs);
  }

  /** As `figuresOf`, of the fleet. */
  figures(meters: Iterable<Meter>, nowMs: number): readonly LimitFigures[] {
    const byName = new Map<string, LimitFigures>();
    for (const meter of meters) {
      const { name, unit, windowMs } = meter.limit;
      const { quota } = meter;
      const used = Math.max(this.used(meter, nowMs), meter.used(nowMs));
      const before = byName.get(name);
      if (before && before.used >= used) continue;
      const foreign = this.#foreign.get(meter) ?? 0;
      byName.set(name, { limit: name, unit, windowMs, quota, used, utilisation: used / quota, foreign });
    }
    return [...byName.values()];
  }

  #see({ meters, told }: Question, reply: StoreReply, knownMs: number): void {
    for (const [place, meter] of meters.entries()) {
      const { used = 0, roomInMs = 0 } = reply.meters[place] ?? {};
      this.#meters.set(meter, { used, roomAtMs: knownMs + roomInMs, knownMs });
    }
    for (const [place, meter] of told.entries())
      this.#foreign.set(meter, (this.#foreign.get(meter) ?? 0) + (reply.foreign[place] ?? 0));
  }
}
