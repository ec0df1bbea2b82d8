import type { Clock } from '../../clock.ts';
import type { LimitScope } from '../limit.ts';
import type { Meter } from '../meter.ts';
import type { PermitKeeper } from '../permit.ts';
import type { QuotaBook } from '../quota-book.ts';
import type { QuotaGroup } from '../quota-group.ts';
import { Opening } from './opening.ts';
import type { CheckedAnswer } from './provider-answer.ts';
import { readRateLimitHeaders, type ToldLimit } from './rate-limit-headers.ts';
import { type ProviderRefusal, type RefusalKind, readRefusal, refusalKinds } from './refusal.ts';

/** What a limiter has learnt from answers. */
export interface LearningFigures {
  /** Answers with at least one rate limit header that could be read. */
  readonly headersRead: number;
  /** Headers that made no sense and were ignored. */
  readonly headersMalformed: number;
  /** Answers with 429 or 503, by what they said. */
  readonly refusals: Readonly<Record<RefusalKind, number>>;
  /** How often calls that were let go until then were held because the provider asked for it. */
  readonly gatesClosed: number;
}

/** How long to wait where a refusal does not say. */
const usualWaitMs = 1_000;
/** The ramp is about rates: a longer window holds little while it is young, and that says nothing of the rate. */
const longestRampedMs = 60_000;

/** When the call was sent, when its answer came, and when that is by the calendar. */
export interface AnswerTimes {
  readonly startedMs: number;
  readonly nowMs: number;
  readonly epochMs: number;
}

/** A limit as an answer shows it. */
interface Seen {
  readonly unit: 'requests' | 'tokens';
  readonly windowMs: number;
  readonly limit: number;
  readonly remaining: number | undefined;
}

/** What a provider says is left of a limit at a time. */
export interface ToldUse {
  /** What it names as the limit. */
  readonly limit: number;
  /** That, up to what is configured. */
  readonly told: number;
  readonly remaining: number;
  readonly windowMs: number;
  readonly nowMs: number;
}

/** Applies what a provider says: quotas are lowered and opened again, others' use is counted, gates are closed. */
export class Learner {
  readonly #openings = new WeakMap<Meter, Opening>();
  /** Those that are to open further. */
  readonly #opening = new Set<Opening>();
  readonly #refusals = Object.fromEntries(refusalKinds.map((kind) => [kind, 0])) as Record<
    RefusalKind,
    number
  >;
  readonly #countOthers: (meter: Meter, use: ToldUse) => void;
  #headersRead = 0;
  #headersMalformed = 0;
  #gatesClosed = 0;

  /** @param countOthers counts what the provider has counted beyond our own count. @default in the meter */
  constructor(countOthers: (meter: Meter, use: ToldUse) => void = countInMeter) {
    this.#countOthers = countOthers;
  }

  /** Learns from an answer to a call of a limiter. */
  heed(checked: CheckedAnswer, book: QuotaBook, keeper: PermitKeeper, clock: Clock): void {
    const { permit, startedMs } = checked.answer;
    const nowMs = clock.nowMs();
    const origin = permit?.origin(keeper);
    const group = origin?.group ?? book.groupOf(checked.answer, nowMs);
    this.advance(nowMs);
    this.learn(group, checked, {
      startedMs: Math.min(startedMs ?? origin?.takenMs ?? nowMs, nowMs),
      nowMs,
      epochMs: clock.epochMs(),
    });
  }

  learn(group: QuotaGroup, { answer, headers, status }: CheckedAnswer, times: AnswerTimes): void {
    if (headers) {
      const { requests, tokens, projectTokens, malformed } = readRateLimitHeaders(headers);
      this.#headersMalformed += malformed;
      if (requests || tokens || projectTokens) this.#headersRead++;
      this.#see(group, ['organization'], seenIn('requests', requests), times);
      this.#see(group, ['organization'], seenIn('tokens', tokens), times);
      this.#see(group, ['project'], seenIn('tokens', projectTokens), times);
    }
    const refusal = readRefusal(status ?? 0, answer.error, headers, times.epochMs);
    if (refusal) this.#refused(group, refusal, times);
  }

  /** Opens what has come back by now. */
  advance(nowMs: number): void {
    if (this.#opening.size === 0) return;
    for (const opening of this.#opening) {
      opening.advance(nowMs);
      if (opening.nextStepMs === Number.POSITIVE_INFINITY) this.#opening.delete(opening);
    }
  }

  /** When more is open again. Infinite where nothing is to come back. */
  get nextStepMs(): number {
    let atMs = Number.POSITIVE_INFINITY;
    for (const { nextStepMs } of this.#opening) atMs = Math.min(atMs, nextStepMs);
    return atMs;
  }

  figures(): LearningFigures {
    return {
      headersRead: this.#headersRead,
      headersMalformed: this.#headersMalformed,
      refusals: { ...this.#refusals },
      gatesClosed: this.#gatesClosed,
    };
  }

  #see(group: QuotaGroup, scopes: readonly LimitScope[], seen: Seen | undefined, times: AnswerTimes): void {
    if (!seen) return;
    const { limit, remaining, windowMs } = seen;
    const { startedMs, nowMs } = times;
    for (const meter of matching(group, scopes, seen.unit, windowMs)) {
      const opening = this.#openingOf(meter);
      if (!opening.tell(limit, startedMs, nowMs) || remaining === undefined) continue;
      // The provider's count goes down all the time: what has come back since the call began must not be taken for others'.
      const backMs = Math.max(nowMs - startedMs, 0);
      const remainingNow = Math.min(remaining + (backMs * limit) / windowMs, limit);
      this.#countOthers(meter, { limit, told: opening.told, remaining: remainingNow, windowMs, nowMs });
    }
  }

  #refused(group: QuotaGroup, refusal: ProviderRefusal, times: AnswerTimes): void {
    const { kind, unit, windowMs, limit, used } = refusal;
    this.#refusals[kind]++;
    const isTold = unit !== undefined && windowMs !== undefined;
    const scopes = ['organization', 'project'] as const;
    if (isTold && limit !== undefined && limit > 0) {
      const remaining = used === undefined ? undefined : Math.max(limit - used, 0);
      this.#see(group, scopes, { unit, windowMs, limit, remaining }, times);
    }
    // What no limit holds is not held, and its models have nothing in common.
    if ((kind !== 'rate_limit' && kind !== 'slow_down') || group.meters.length === 0) return;
    const { startedMs, nowMs } = times;
    const told = isTold ? matching(group, scopes, unit, windowMs) : [];
    // Where it cannot be told which of them refused, each may have.
    const meters = told.length > 0 ? told : group.meters.filter(({ limit: { scope } }) => scope !== 'user');
    const openMs = nowMs + waitOf(refusal, windowMs ?? longestOf(group.meters));
    if (group.gate.close(openMs, nowMs)) this.#gatesClosed++;
    for (const meter of meters) {
      const opening = this.#openingOf(meter);
      if (kind === 'rate_limit') opening.refused(startedMs, openMs, nowMs);
      else if (meter.limit.windowMs <= longestRampedMs) opening.slowDown(startedMs, openMs, nowMs);
      if (opening.nextStepMs < Number.POSITIVE_INFINITY) this.#opening.add(opening);
    }
  }

  #openingOf(meter: Meter): Opening {
    const known = this.#openings.get(meter);
    if (known) return known;
    const opening = new Opening(meter);
    this.#openings.set(meter, opening);
    return opening;
  }
}

function countInMeter(meter: Meter, { limit, told, remaining, windowMs, nowMs }: ToldUse): void {
  const beyond = Math.floor(meter.headroom(told, nowMs) - remaining);
  const fullInMs = ((limit - remaining) * windowMs) / limit;
  if (beyond > 0) meter.takeForeign(beyond, fullInMs, nowMs);
}

function seenIn(unit: 'requests' | 'tokens', told: ToldLimit | undefined): Seen | undefined {
  if (told?.windowMs === undefined) return undefined;
  return { unit, windowMs: told.windowMs, limit: told.limit, remaining: told.remaining };
}

/** The provider's limits are each for one model, so one that names models is meant before one that is for all. */
function matching(
  group: QuotaGroup,
  scopes: readonly LimitScope[],
  unit: 'requests' | 'tokens',
  windowMs: number,
): readonly Meter[] {
  const meters = group.meters.filter(
    ({ limit }) => limit.unit === unit && limit.windowMs === windowMs && scopes.includes(limit.scope),
  );
  const named = meters.filter(({ limit }) => limit.models !== undefined);
  return named.length > 0 ? named : meters;
}

function longestOf(meters: readonly Meter[]): number {
  return Math.max(...meters.map(({ limit }) => limit.windowMs));
}

/** Never more than a window: after that all that was counted has come back. */
function waitOf({ retryMs, limit, used, requested }: ProviderRefusal, windowMs: number): number {
  if (retryMs !== undefined) return Math.min(retryMs, windowMs);
  if (!limit || used === undefined || requested === undefined) return usualWaitMs;
  const missing = used + requested - limit;
  return missing > 0 ? Math.min((missing * windowMs) / limit, windowMs) : usualWaitMs;
}
