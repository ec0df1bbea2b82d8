import type { Clock } from '../../../clock.ts';
import { TelltaleError } from '../../../errors.ts';
import type { ScriptCaller } from '../../../redis-script.ts';
import { chargeOf, figuresOf, keyOf, type Ledger } from '../ledger.ts';
import { periodOf } from '../period.ts';
import type {
  AccountFigures,
  AccountName,
  BudgetWhenDown,
  Charge,
  Reservation,
  ReserveReply,
} from '../store.ts';
import {
  accountKeys,
  type BudgetReply,
  type KnownAccount,
  type Period,
  readBudgetReply,
  reserveArgument,
  settleArgument,
} from './budget-exchange.ts';
import { KnownAccounts } from './known-accounts.ts';
import { Outbox } from './outbox.ts';
import { ServerClock } from './server-clock.ts';

export interface SharedBudgetsSettings {
  readonly key: string;
  readonly whenDown: BudgetWhenDown;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly clock: Clock;
}

const firstProbeMs = 250;
const longestProbeMs = 2_000;
/** A clock that stands elsewhere is put right by the first answer; a period that ends just then, by the second. */
const mostTries = 3;

/** Budgets in Redis, and what is done with calls while it is gone. */
export class SharedBudgets {
  readonly #caller: ScriptCaller;
  readonly #settings: SharedBudgetsSettings;
  readonly #outbox = new Outbox();
  readonly #known = new KnownAccounts();
  readonly #base: { readonly from: string; readonly leaseMs: number };
  #reservations = 0;
  readonly #serverClock: ServerClock;
  /** While Redis is gone. */
  #local: Ledger | undefined;
  #delivering: Promise<void> | undefined;
  #probeMs = firstProbeMs;
  #cancelProbe: (() => void) | undefined;
  #hasWarned = false;
  #isClosed = false;

  constructor(caller: ScriptCaller, settings: SharedBudgetsSettings) {
    this.#caller = caller;
    this.#settings = settings;
    const { clock, leaseMs } = settings;
    this.#serverClock = new ServerClock(clock);
    const from = `${process.pid}-${clock.random().toString(36).slice(2)}${clock.random().toString(36).slice(2)}`;
    this.#base = { from, leaseMs };
  }

  get isDown(): boolean {
    return this.#local !== undefined;
  }

  figures(): readonly AccountFigures[] {
    const nowMs = this.#serverClock.nowMs;
    return this.#local ? figuresOf(this.#local.accounts(nowMs)) : this.#known.figures(nowMs);
  }

  async reserve(charges: readonly Charge[]): Promise<ReserveReply> {
    const id = `${this.#base.from}.${++this.#reservations}`;
    for (let tries = 0; tries < mostTries && !this.#local; tries++) {
      const asked = charges.map((charge) => {
        const period = periodOf(charge.per, this.#serverClock.nowMs);
        return { ...charge, ...period, known: this.#known.of(charge.account, period.startMs) };
      });
      try {
        const { key } = this.#settings;
        const keys = asked.flatMap(({ account, startMs }) => accountKeys(key, account, startMs));
        const reply = await this.#exchange(keys, reserveArgument(this.#base, id, asked), asked);
        if (reply.verdict === 'period') continue;
        const isReserved = reply.verdict === 'reserved';
        return {
          reservation: isReserved ? this.#reservation(id, asked) : undefined,
          refusedBy: reply.refusedBy,
          figures: reply.accounts.map(({ figures }) => figures),
          crossed: [...this.#known.unheard(reply.crossed), ...this.#outbox.takeUntold()],
        };
      } catch (error) {
        this.#wentDown(error);
        // It may have been reserved all the same.
        for (const charge of asked) void this.#outbox.add(settlement(id, charge, 0n, 0n));
        this.#outbox.letGo();
      }
    }
    if (!this.#local) this.#wentDown(new Error('its clock does not agree with its own answers'));
    return this.#withoutRedis(id, charges);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelProbe?.();
    if (!this.#local && !this.#outbox.isEmpty) await this.#deliver();
    this.#outbox.letGo();
  }

  #withoutRedis(id: string, charges: readonly Charge[]): ReserveReply {
    const { whenDown } = this.#settings;
    if (whenDown === 'closed' && !charges.every(({ isSpent }) => isSpent))
      throw new TelltaleError(
        'store_unavailable',
        'The store of budgets does not answer, and `whenDown` is `closed`: nothing was sent.',
      );
    const asked = whenDown === 'open' ? charges.map((charge) => ({ ...charge, isHard: false })) : charges;
    const ledger = this.#local ?? this.#known.asLedger();
    const { held, refusedBy, accounts, crossed } = ledger.reserve(asked, this.#serverClock.nowMs);
    const reservation: Reservation | undefined = held && {
      settle: async (cost) => {
        const settled = held.settle(cost);
        if (!settled) return [];
        for (const [index, charge] of charges.entries()) {
          const { startMs, endMs } = accounts[index] ?? periodOf(charge.per, this.#serverClock.nowMs);
          const { spentPico, estimatedPico } = chargeOf(cost, charge.reservePico);
          this.#outbox.addSum(settlement(id, { ...charge, startMs, endMs }, spentPico, estimatedPico));
        }
        if (!this.#local) void this.#deliver();
        return this.#known.unheard(settled.crossed);
      },
    };
    return { reservation, refusedBy, figures: figuresOf(accounts), crossed: this.#known.unheard(crossed) };
  }

  #reservation(id: string, charges: readonly (Charge & Period)[]): Reservation {
    let isSettled = false;
    return {
      settle: async (cost) => {
        if (isSettled) return [];
        isSettled = true;
        const told = charges.map((charge) => {
          const { spentPico, estimatedPico } = chargeOf(cost, charge.reservePico);
          return this.#outbox.add(settlement(id, charge, spentPico, estimatedPico));
        });
        if (this.#local) this.#outbox.letGo();
        else void this.#deliver();
        return (await Promise.all(told)).flat();
      },
    };
  }

  /** One batch after another, in order. */
  #deliver(): Promise<void> {
    this.#delivering ??= this.#deliverAll();
    return this.#delivering;
  }

  async #deliverAll(): Promise<void> {
    // What is settled in the same turn goes together.
    await Promise.resolve();
    do {
      const batch = this.#outbox.next();
      const accounts: (Period & { account: AccountName; known: KnownAccount | undefined })[] = [];
      const places = new Map<string, number>();
      const settled = batch.map((one) => {
        const { account, startMs, endMs } = one;
        const key = `${startMs} ${keyOf(account)}`;
        const at = places.get(key) ?? accounts.length;
        places.set(key, at);
        if (at === accounts.length)
          accounts.push({ account, startMs, endMs, known: this.#known.of(account, startMs) });
        return { at, settlement: one };
      });
      const { key } = this.#settings;
      const keys = accounts.flatMap(({ account, startMs }) => accountKeys(key, account, startMs));
      keys.unshift(`telltale:{${key}}:budget-batch:${this.#base.from}`);
      try {
        const reply = await this.#exchange(keys, settleArgument(this.#base, accounts, settled), accounts);
        this.#outbox.delivered(batch.length, this.#known.unheard(reply.crossed));
      } catch (error) {
        this.#wentDown(error);
        this.#outbox.letGo();
        break;
      }
    } while (!this.#outbox.isEmpty);
    // In one step with the last look: whatever comes later begins anew.
    this.#delivering = undefined;
  }

  async #exchange(
    keys: readonly string[],
    argument: string,
    accounts: readonly (Period & { readonly account: AccountName })[],
  ): Promise<BudgetReply> {
    const { clock, timeoutMs } = this.#settings;
    if (!this.#caller.isReachable()) throw new Error('there is no connection');
    const answer = await new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`no answer within ${timeoutMs} ms`));
      const cancel = clock.schedule(late, timeoutMs, 'work');
      this.#caller.call(keys, argument).then(resolve, reject).finally(cancel);
    });
    const reply = readBudgetReply(answer, accounts);
    this.#serverClock.heard(reply.serverMs);
    for (const known of reply.accounts) this.#known.remember(known);
    this.#isBack();
    return reply;
  }

  #wentDown(error: unknown): void {
    this.#local ??= this.#known.asLedger();
    this.#probeLater();
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const what = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `The store of budgets does not do its work (${what}). Until it does, budgets are held as \`whenDown\` says: '${this.#settings.whenDown}'. This is said once.`,
      { type: 'TelltaleWarning', code: 'TELLTALE_BUDGET_STORE' },
    );
  }

  #probeLater(): void {
    if (this.#cancelProbe || this.#isClosed) return;
    const probe = (): void => {
      this.#cancelProbe = undefined;
      void this.#deliver();
    };
    this.#cancelProbe = this.#settings.clock.schedule(probe, this.#probeMs, 'housekeeping');
    this.#probeMs = Math.min(2 * this.#probeMs, longestProbeMs);
  }

  #isBack(): void {
    this.#probeMs = firstProbeMs;
    this.#local = undefined;
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
    if (!this.#outbox.isEmpty) void this.#deliver();
  }
}

function settlement(id: string, charge: Charge & Period, costPico: bigint, estimatedPico: bigint) {
  const { account, startMs, endMs, thresholds } = charge;
  return { account, startMs, endMs, id, costPico, estimatedPico, thresholds };
}
