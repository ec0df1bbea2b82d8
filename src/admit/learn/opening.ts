import type { Meter } from '../meter.ts';

/**
 * Additive increase, multiplicative decrease (D.-M. Chiu and R. Jain, "Analysis of the increase and decrease algorithms for
 * congestion avoidance in computer networks", 1989): a refusal leaves seven tenths of what a limit held, and a twentieth
 * of the limit comes back with each step.
 */
const decrease = 0.7;
const increase = 0.05;
const leastShare = 0.05;
/** A step is a sixtieth of the window (1 second of a minute), as the answer to a change takes a share of it to show. */
const stepsPerWindow = 60;
const shortestStepMs = 1_000;
/** What floating point leaves out of a sum is no share, and no request. */
const wholeShare = 1 - 1e-9;
const rounding = 1e-6;

/** After `slow_down`: at most half as much again in 15 minutes, by the provider's own words, in steps of one minute. */
const rampStepMs = 60_000;
const rampFactor = 1.5 ** (rampStepMs / (15 * 60_000));

/**
 * How far one limit is open: less than configured where the provider said so, never more. It is the smaller of what was
 * configured and what the provider names, times the share that refusals leave of it. The two do not look at each other, so
 * it does not matter in which order answers come.
 */
export class Opening {
  readonly #meter: Meter;
  #told: number;
  #toldStartMs = Number.NEGATIVE_INFINITY;
  #share = 1;
  #decreasedMs = Number.NEGATIVE_INFINITY;
  #isRamp = false;
  #nextStepMs = Number.POSITIVE_INFINITY;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#told = meter.limit.quota;
  }

  /** What the provider named last, up to what is configured. */
  get told(): number {
    return this.#told;
  }

  /** When more is open again. Infinite where nothing is to come back. */
  get nextStepMs(): number {
    return this.#nextStepMs;
  }

  /**
   * The provider names the limit. The answer to the call that began last is believed, and of two that began together the
   * smaller. False where a later one was believed already.
   */
  tell(limit: number, startedMs: number, nowMs: number): boolean {
    if (startedMs < this.#toldStartMs) return false;
    const told = Math.min(limit, this.#meter.limit.quota);
    this.#told = startedMs === this.#toldStartMs ? Math.min(told, this.#told) : told;
    this.#toldStartMs = startedMs;
    this.#apply(nowMs);
    return true;
  }

  /**
   * A call that began at `startedMs` was refused, and nothing goes before `openMs`. What began before the last decrease
   * says nothing new about how much there is: a burst that is refused is one refusal.
   */
  refused(startedMs: number, openMs: number, nowMs: number): void {
    this.#refused(this.#share, startedMs, openMs, nowMs);
  }

  /** Calls came too fast: what goes now is too much, however much the limit allows. */
  slowDown(startedMs: number, openMs: number, nowMs: number): void {
    if (startedMs >= this.#decreasedMs || this.#share < 1) this.#isRamp = true;
    this.#refused(Math.min(this.#share, this.#meter.used(nowMs) / this.#told), startedMs, openMs, nowMs);
  }

  /** Opens as much again as has come back by now. */
  advance(nowMs: number): void {
    if (nowMs < this.#nextStepMs) return;
    // All that is missing comes back within a bounded number of steps, so this ends.
    while (this.#nextStepMs <= nowMs) {
      this.#share = this.#isRamp ? this.#share * rampFactor : this.#share + increase;
      this.#nextStepMs += this.#stepMs;
      if (this.#share < wholeShare) continue;
      this.#share = 1;
      this.#isRamp = false;
      this.#nextStepMs = Number.POSITIVE_INFINITY;
    }
    this.#apply(nowMs);
  }

  get #stepMs(): number {
    return this.#isRamp ? rampStepMs : Math.max(this.#meter.limit.windowMs / stepsPerWindow, shortestStepMs);
  }

  #refused(share: number, startedMs: number, openMs: number, nowMs: number): void {
    const nextStepMs = Math.max(openMs, nowMs) + this.#stepMs;
    const isNew = startedMs >= this.#decreasedMs;
    if (isNew) {
      this.#share = Math.max(share * decrease, leastShare);
      this.#decreasedMs = nowMs;
    }
    if (isNew || this.#share < 1)
      this.#nextStepMs =
        this.#nextStepMs === Number.POSITIVE_INFINITY ? nextStepMs : Math.max(this.#nextStepMs, nextStepMs);
    this.#apply(nowMs);
  }

  #apply(nowMs: number): void {
    const quota = Math.floor(this.#told * this.#share + rounding);
    this.#meter.setQuota(Math.max(quota, 1), nowMs);
  }
}
