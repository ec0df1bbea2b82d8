import { createBucketMeter } from './bucket-meter.ts';
import { isPerMinute, type LimitPlan } from './limit.ts';
import type { Meter, Receipt } from './meter.ts';
import { appliesTo, capacityOf, type Rule, rulesOf, type Unit } from './rule.ts';
import { createWindowMeter } from './window-meter.ts';

/** A request as the limits see it. Times are whole microseconds that never fall. */
export interface Asked {
  readonly nowUs: number;
  /** The API key. */
  readonly key: string;
  readonly model: string | null;
  /** What it is charged on arrival. */
  readonly tokens: number;
}

/** Why a request was refused, in the words of the error. */
export interface LimitRefusal {
  readonly rule: Rule;
  readonly used: number;
  readonly requested: number;
  /** As the error says it; undefined where the request is larger than the limit, so no wait helps. */
  readonly saidMs: number | undefined;
  /** Until the same request would get through if no other came; 0 where no wait helps. */
  readonly waitMs: number;
}

export type Admission =
  | { readonly refusal: LimitRefusal }
  | {
      readonly refusal: undefined;
      /** Corrects the charge to the tokens that were really used. */
      settle(nowUs: number, tokens: number): void;
    };

/** What the headers say of the requests, or of the tokens. */
export interface QuotaState {
  readonly unit: Unit;
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** All limits of a run. */
export interface Gate {
  readonly plan: LimitPlan;
  /** Charges every limit that applies, or none. */
  admit(asked: Asked): Admission;
  /** Charges a request that the provider has answered, or failed, without a model's work. */
  count(asked: Asked): void;
  /** Of the limit with the least share left, for each unit that is limited. */
  quotas(asked: Asked): QuotaState[];
  /** The limit that a fault's 429 speaks of; undefined where none of its kind applies. */
  requestsPerMinute(model: string | null): number | undefined;
  /** A number for each key, in the order in which they came; 0 for all where they share the limits. */
  keyNumber(key: string): number;
}

interface Held {
  readonly rule: Rule;
  readonly meter: Meter;
}

const MINUTE_MS = 60_000;

export function createGate(plan: LimitPlan): Gate {
  const rules = rulesOf(plan);
  const createMeter = plan.law === 'bucket' ? createBucketMeter : createWindowMeter;
  const numbers = new Map<string, number>();
  const held: Held[][] = [];

  function keyNumber(key: string): number {
    const name = plan.perKey ? key : '';
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  }

  function heldFor({ key, model }: Asked): Held[] {
    const number = keyNumber(key);
    const all = held[number] ?? rules.map((rule) => ({ rule, meter: createMeter(rule) }));
    held[number] = all;
    return all.filter(({ rule }) => appliesTo(rule, model));
  }

  function refuse(applying: readonly Held[], asked: Asked): LimitRefusal | undefined {
    const tooSmall = applying.find(({ rule }) => !rule.perSecond && costOf(rule, asked) > rule.amount);
    const full = applying.filter(({ rule, meter }) => meter.waitUs(asked.nowUs, costOf(rule, asked)) > 0);
    if (!tooSmall && full.length === 0) return undefined;
    // What is told includes what the refusal itself took, so that the wait is long enough.
    if (plan.countRefused) countOn(applying.filter(countsRefused), asked.nowUs);
    if (tooSmall) return describe(tooSmall, asked, 0);
    const named = full.reduce((worst, other) =>
      waitOf(other, asked) > waitOf(worst, asked) ? other : worst,
    );
    const waitUs = Math.max(...applying.map((each) => waitOf(each, asked)));
    return describe(named, asked, waitUs);
  }

  return {
    plan,
    keyNumber,
    requestsPerMinute: (model) =>
      rules.find((rule) => rule.unit === 'requests' && isPerMinute(rule.limit) && appliesTo(rule, model))
        ?.amount,
    admit(asked) {
      const applying = heldFor(asked);
      const refusal = refuse(applying, asked);
      if (refusal) return { refusal };
      const receipts = applying.map(({ rule, meter }) => meter.take(asked.nowUs, costOf(rule, asked)));
      return { refusal: undefined, settle: settlerOf(applying, receipts, plan) };
    },
    count(asked) {
      countOn(heldFor(asked), asked.nowUs);
    },
    quotas(asked) {
      const applying = heldFor(asked).filter(({ rule }) => !rule.perSecond);
      return (['requests', 'tokens'] as const).flatMap((unit) => {
        const states = applying.flatMap((each) =>
          each.rule.unit === unit ? [quotaOf(each, asked.nowUs)] : [],
        );
        const [first, ...others] = states;
        return first
          ? [others.reduce((least, other) => (shareOf(other) < shareOf(least) ? other : least), first)]
          : [];
      });
    },
  };
}

function costOf({ unit }: Rule, { tokens }: Asked): number {
  return unit === 'requests' ? 1 : tokens;
}

function waitOf({ rule, meter }: Held, asked: Asked): number {
  return meter.waitUs(asked.nowUs, costOf(rule, asked));
}

function countsRefused({ rule }: Held): boolean {
  return rule.windowMs <= MINUTE_MS;
}

function countOn(held: readonly Held[], nowUs: number): void {
  for (const { rule, meter } of held) if (rule.unit === 'requests') meter.count(nowUs);
}

function settlerOf(held: readonly Held[], receipts: readonly Receipt[], { chargeActual }: LimitPlan) {
  return function settle(nowUs: number, tokens: number): void {
    if (!chargeActual) return;
    for (const [index, { rule, meter }] of held.entries()) {
      const receipt = receipts[index];
      if (receipt && rule.unit === 'tokens') meter.settle(nowUs, receipt, tokens);
    }
  };
}

function describe({ rule, meter }: Held, asked: Asked, waitUs: number): LimitRefusal {
  const requested = costOf(rule, asked);
  const limit = Math.floor(capacityOf(rule));
  const tooLarge = !rule.perSecond && requested > rule.amount;
  return {
    rule,
    used: limit - meter.state(asked.nowUs).remaining,
    requested,
    saidMs: tooLarge ? undefined : meter.saidWaitMs(asked.nowUs, requested),
    waitMs: Math.ceil(waitUs / 1_000),
  };
}

function quotaOf({ rule, meter }: Held, nowUs: number): QuotaState {
  const { remaining, resetUs } = meter.state(nowUs);
  return { unit: rule.unit, limit: rule.amount, remaining, resetMs: resetUs / 1_000 };
}

function shareOf({ limit, remaining }: QuotaState): number {
  return remaining / limit;
}
