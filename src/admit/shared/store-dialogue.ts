import type { Clock } from '../../clock.ts';
import { Alarm } from '../alarm.ts';
import type { ToldUse as Told } from '../learn/learner.ts';
import type { CheckedOptions } from '../limiter-options.ts';
import type { StoreFigures } from '../limiter-statistics.ts';
import type { Meter } from '../meter.ts';
import type { QuotaGroup } from '../quota-group.ts';
import type { Waiter } from '../waiting-lane.ts';
import type { WaitingRoom } from '../waiting-room.ts';
import { AskTimes } from './ask-times.ts';
import type { DialogueListener } from './dialogue-listener.ts';
import { FleetView } from './fleet-view.ts';
import { Heartbeat } from './heartbeat.ts';
import { Leases } from './leases.ts';
import { keptMsOf, shapesOf } from './meter-shape.ts';
import { askFor, chooseWaiters, leasesIn, type Question } from './question.ts';
import type { SharedStore, StoreReply, StoreRequest, Verdict } from './store.ts';
import { StoreLedger, tellMs } from './store-ledger.ts';
import { type LinkListener, StoreLink } from './store-link.ts';
import { ToldUse } from './told-use.ts';

/** What is asked of the store and when, and what becomes of the answers. */
export class StoreDialogue implements LinkListener {
  readonly view: FleetView;
  readonly leases: Leases;
  readonly ledger: StoreLedger;
  readonly #clock: Clock;
  readonly #room: WaitingRoom;
  readonly #listener: DialogueListener;
  readonly #link: StoreLink;
  readonly #id: string;
  readonly #isShadow: boolean;
  readonly #asked = new WeakMap<StoreRequest, Question>();
  readonly #times = new AskTimes();
  readonly #toldUse: ToldUse;
  readonly #ask: Alarm;
  readonly #heartbeat: Heartbeat;
  /** The exchange that is out. */
  #out: Promise<void> = Promise.resolve();
  #byLease = 0;
  #isSoon = false;
  #isWoken = false;
  #isClosed = false;

  constructor(
    options: CheckedOptions,
    clock: Clock,
    store: SharedStore,
    room: WaitingRoom,
    listener: DialogueListener,
  ) {
    this.#clock = clock;
    this.#room = room;
    this.#listener = listener;
    this.#isShadow = options.shadow;
    const keptMs = keptMsOf(options.limits.map(({ windowMs }) => windowMs));
    this.#id = `${Math.floor(clock.epochMs()).toString(36)}-${clock.random().toString(36).slice(2)}`;
    this.view = new FleetView(clock, keptMs, store.timeoutMs);
    this.#toldUse = new ToldUse(this.view);
    this.#link = new StoreLink(store, clock, this);
    this.ledger = new StoreLedger(clock, shapesOf(options.mode, store.lease), () => this.#tellNow());
    this.leases = new Leases(store.lease, options.mode, (...lease) => this.ledger.giveBack(...lease));
    this.#ask = new Alarm(clock, 'work', () => this.wake());
    this.#heartbeat = new Heartbeat(clock, () => this.#beat());
  }

  get isDown(): boolean {
    return this.#link.isDown;
  }

  /** From the first call on it says that it is there. */
  start(): void {
    this.#heartbeat.start();
  }

  /** Somebody waits who may go. All who come in one turn of the event loop are asked for together. */
  wake(): void {
    if (this.#isSoon || this.#isClosed) return;
    if (this.#link.isBusy) {
      this.#isWoken = true;
      return;
    }
    this.#isSoon = true;
    queueMicrotask(() => {
      this.#isSoon = false;
      if (!this.#link.isBusy && !this.isDown && !this.#isClosed) this.#askNow();
    });
  }

  /** The provider has counted more than the store is known to know of: that is told to it, and it decides. */
  tellUse(meter: Meter, use: Told): void {
    if (this.#toldUse.add(meter, use)) this.ledger.tellAt(use.nowMs + tellMs, use.nowMs);
  }

  spendLease(group: QuotaGroup, tokens: number, nowMs: number): number | undefined {
    const stampMs = this.leases.spend(group, tokens, nowMs);
    if (stampMs !== undefined) this.#byLease++;
    return stampMs;
  }

  figures(nowMs: number): StoreFigures {
    return {
      ...this.#link.figures(nowMs),
      admittedByLease: this.#byLease,
      liveInstances: this.view.liveInstances,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ask.disarm();
    this.#heartbeat.stop();
    this.#link.close();
    await this.#out;
    // With those that the exchange that was out has granted.
    this.leases.clear();
    this.ledger.stop();
    if (this.#heartbeat.isStarted && !this.isDown) await this.#send([], true);
    this.#link.close();
    // What was settled while the last exchange was out.
    this.ledger.tellSoon();
  }

  replied(request: StoreRequest, reply: StoreReply, sentMs: number): void {
    const question = this.#asked.get(request);
    if (!question) return;
    const nowMs = this.#clock.nowMs();
    this.view.learn(question, reply, sentMs);
    if (request.isBeat) this.#heartbeat.heard(sentMs);
    this.ledger.corrections.had(request.batch);
    for (const { group, count, tokens } of leasesIn(question, request, reply))
      this.leases.grant(group, count, tokens, reply.nowMs, sentMs);
    this.#expireLeases(nowMs);
    this.#heed(question, reply, nowMs);
  }

  repliedLate(request: StoreRequest, reply: StoreReply): void {
    const question = this.#asked.get(request);
    if (!question) return;
    this.ledger.corrections.had(request.batch);
    for (const [place, waiter] of question.waiters.entries())
      if (this.#isTaken(reply.verdicts[place]))
        this.ledger.giveBack(waiter.group, 1, waiter.tokens, reply.nowMs);
    for (const { group, count, tokens } of leasesIn(question, request, reply))
      this.ledger.giveBack(group, count, tokens, reply.nowMs);
    if (!this.isDown) this.wake();
  }

  wentDown(): void {
    this.leases.clear();
    this.#ask.disarm();
    this.#listener.stateChanged(true);
  }

  cameUp(): void {
    this.#listener.stateChanged(false);
    // What could not be told while it was down.
    this.ledger.tellSoon();
    if (this.#room.waiting > 0) this.wake();
  }

  probe(): void {
    if (!this.#isClosed) void this.#send([], false);
  }

  #askNow(): void {
    const nowMs = this.#clock.nowMs();
    const waiters = chooseWaiters(this.#room, this.#times, this.#isShadow, nowMs);
    if (waiters.length > 0) void this.#send(waiters, false);
    else this.#armAsk(nowMs);
  }

  #tellNow(): void {
    this.#expireLeases(this.#clock.nowMs());
    if (!this.#link.isBusy && !this.isDown && (!this.ledger.corrections.isEmpty || !this.#toldUse.isEmpty))
      void this.#send([], false);
  }

  #beat(): void {
    if (!this.#link.isBusy && !this.isDown) void this.#send([], false);
  }

  #send(waiters: readonly Waiter[], isBye: boolean): Promise<void> {
    const nowMs = this.#clock.nowMs();
    const wish = (group: QuotaGroup) => this.leases.wish(group, nowMs);
    const told = this.ledger.corrections.next(nowMs);
    const use = this.#toldUse.next(this.ledger.shape, nowMs);
    // The store has to know first of all that went without it: what it lets go now would come on top.
    const asked = this.ledger.corrections.owes ? [] : waiters;
    const question = askFor(asked, this.ledger.shape, wish, nowMs);
    const request: StoreRequest = {
      id: this.#id,
      ...this.view.memory(nowMs),
      ...question.content,
      ...(this.#isShadow && { lanes: [] }),
      isShadow: this.#isShadow,
      ...told,
      told: use.map((one) => one.told),
      isBeat: isBye || this.#heartbeat.isDue(nowMs),
      isBye,
    };
    this.#asked.set(request, { ...question, told: use.map(({ meter }) => meter) });
    this.#isWoken = false;
    this.#out = this.#link.send(request, waiters.length > 0 || isBye ? 'work' : 'housekeeping');
    return this.#out;
  }

  /** Lets go whom the store let go, and sees to it that the others are asked for again. */
  #heed({ waiters, groups }: Question, { verdicts, nowMs: stampMs }: StoreReply, nowMs: number): void {
    const waits: [QuotaGroup, number | undefined][] = [];
    const denied = new Map<Waiter, number>();
    for (const [place, waiter] of waiters.entries()) {
      const verdict = verdicts[place];
      if (this.#isTaken(verdict)) {
        if (waiter.lane) this.#listener.admitted(waiter, stampMs, verdict === 'admitted' ? 0 : verdict);
        else this.ledger.giveBack(waiter.group, 1, waiter.tokens, stampMs);
      } else {
        if (waiter.lane) denied.set(waiter, verdict ?? 0);
        waits.push([waiter.group, verdict]);
      }
    }
    this.#times.heard(groups, waits, nowMs);
    if (this.#isClosed) return;
    if (denied.size > 0) this.#listener.denied([...denied.keys()], (waiter) => denied.get(waiter) ?? 0);
    if ((this.#isWoken || this.#isShadow) && this.#room.waiting > 0) this.wake();
    else this.#armAsk(nowMs);
    this.ledger.tellSoon();
  }

  #isTaken(verdict: Verdict): verdict is 'admitted' | number {
    return verdict === 'admitted' || (this.#isShadow && verdict !== undefined);
  }

  #armAsk(nowMs: number): void {
    const atMs = this.#times.nextMs(this.#room.groups, nowMs);
    if (atMs !== undefined && atMs <= nowMs) this.wake();
    else this.#ask.arm(atMs, nowMs);
  }

  #expireLeases(nowMs: number): void {
    const nextMs = this.leases.expire(nowMs);
    if (nextMs !== undefined) this.ledger.tellAt(nextMs, nowMs);
  }
}
