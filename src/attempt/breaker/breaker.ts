import type { Clock } from '../../clock.ts';
import type { CheckedBreakerOptions } from './breaker-options.ts';
import { ResultWindow, type WindowFigures } from './result-window.ts';

/** `'closed'` lets everything go, `'open'` nothing, `'half_open'` a few, to see whether the provider is well again. */
export type BreakerState = 'closed' | 'half_open' | 'open';

/** Why a breaker changed its state. A closed set. */
export type BreakerReason =
  /** Too large a share of the attempts in its window were ill. */
  | 'failure_rate'
  /** As many as `minCalls` were ill, one after the other. */
  | 'failures_in_a_row'
  /** It has been open for long enough: an attempt may try. */
  | 'probing'
  /** One of those that tried was ill. */
  | 'probe_failed'
  /** Those that tried were well. */
  | 'recovered';

/** What an attempt says of the provider: it is well, it is ill, or nothing. */
export type Finding = 'good' | 'ill' | 'none';

export interface BreakerChange {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly reason: BreakerReason;
  /** How long it stays open; absent where it does not open. */
  readonly retryInMs?: number;
}

/** Leave for one attempt. */
export interface BreakerTicket {
  /** False once the breaker has opened since: then the attempt may not go by it, if it has not gone already. */
  readonly isValid: boolean;
  /** What became of the attempt. Only the first report counts. */
  report(finding: Finding): void;
}

/** An attempt may not go, and nobody else may before this is over, as far as is known. */
export interface BreakerRefusal {
  readonly retryInMs: number;
}

/**
 * How it closes: of those that ask, one at a time may go, and beside it such a share, until so many were well. In all
 * seven have to be, about as many as resilience4j lets try (10); the first alone decides whether there is a share at
 * all.
 */
export const closingSteps: readonly { readonly share: number; readonly successes: number }[] = [
  { share: 0, successes: 1 },
  { share: 0.1, successes: 2 },
  { share: 0.5, successes: 4 },
];

/** Each state holds only what it needs. */
type Inner =
  | { readonly value: 'closed'; readonly window: ResultWindow }
  | { readonly value: 'open'; readonly untilMs: number }
  | {
      readonly value: 'half_open';
      step: number;
      /** In this step. */
      successes: number;
      asked: number;
      admitted: number;
      /** The one that may go whatever the share; undefined where it has reported. */
      probe: { readonly ticket: BreakerTicket; readonly sinceMs: number } | undefined;
    };

/**
 * The circuit breaker of one model at one endpoint. It has no timer: what time brings about happens when it is next asked.
 *
 * Invariant: what an attempt reports counts only while the breaker has not opened since that attempt was let go.
 */
export class Breaker {
  readonly #options: CheckedBreakerOptions;
  readonly #clock: Clock;
  readonly #changed: (change: BreakerChange) => void;
  #inner: Inner;
  /** How often it has opened so far: a ticket of another opening is of no account. */
  #openings = 0;
  /** Openings since it was closed last. */
  #failedProbes = 0;

  constructor(options: CheckedBreakerOptions, clock: Clock, changed: (change: BreakerChange) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#changed = changed;
    this.#inner = { value: 'closed', window: new ResultWindow(options.windowMs) };
  }

  get state(): BreakerState {
    return this.#current().value;
  }

  /** How many ended in the window, and how; undefined where it is not closed, because nothing is counted then. */
  get figures(): WindowFigures | undefined {
    const inner = this.#current();
    return inner.value === 'closed' ? inner.window.figures(this.#clock.nowMs()) : undefined;
  }

  /** How long it stays open; 0 where it is not. */
  get retryInMs(): number {
    const inner = this.#current();
    return inner.value === 'open' ? inner.untilMs - this.#clock.nowMs() : 0;
  }

  /** Gives leave for an attempt, or says when to ask again. */
  admit(): BreakerTicket | BreakerRefusal {
    const inner = this.#current();
    if (inner.value === 'closed') return this.#ticket();
    const nowMs = this.#clock.nowMs();
    if (inner.value === 'open') return { retryInMs: inner.untilMs - nowMs };
    inner.asked++;
    const { maxOpenMs } = this.#options;
    const { probe } = inner;
    if (!probe || nowMs - probe.sinceMs >= maxOpenMs) {
      const ticket = this.#ticket();
      inner.admitted++;
      inner.probe = { ticket, sinceMs: nowMs };
      return ticket;
    }
    const share = closingSteps[inner.step]?.share ?? 1;
    if (inner.admitted + 1 <= share * inner.asked) {
      inner.admitted++;
      return this.#ticket();
    }
    return { retryInMs: probe.sinceMs + maxOpenMs - nowMs };
  }

  #ticket(): BreakerTicket {
    const opening = this.#openings;
    const isValid = (): boolean => opening === this.#openings;
    const take = (finding: Finding): void => this.#take(ticket, finding);
    let reported = false;
    const ticket: BreakerTicket = {
      get isValid() {
        return isValid();
      },
      report(finding) {
        if (reported) return;
        reported = true;
        if (isValid()) take(finding);
      },
    };
    return ticket;
  }

  #take(ticket: BreakerTicket, finding: Finding): void {
    const inner = this.#inner;
    if (inner.value === 'closed') this.#count(inner.window, finding);
    if (inner.value !== 'half_open') return;
    if (inner.probe?.ticket === ticket) inner.probe = undefined;
    if (finding === 'ill') this.#open('probe_failed');
    if (finding !== 'good' || ++inner.successes < (closingSteps[inner.step]?.successes ?? 0)) return;
    inner.step++;
    inner.successes = 0;
    inner.asked = 0;
    inner.admitted = 0;
    if (inner.step === closingSteps.length) {
      this.#failedProbes = 0;
      const window = new ResultWindow(this.#options.windowMs);
      this.#change({ value: 'closed', window }, { reason: 'recovered' });
    }
  }

  #count(window: ResultWindow, finding: Finding): void {
    if (finding === 'none') return;
    const nowMs = this.#clock.nowMs();
    window.add(finding, nowMs);
    if (finding === 'good') return;
    const { failureRate, minCalls } = this.#options;
    const { good, ill, illInRow } = window.figures(nowMs);
    if (good + ill >= minCalls && ill / (good + ill) >= failureRate) this.#open('failure_rate');
    else if (illInRow >= minCalls) this.#open('failures_in_a_row');
  }

  #open(reason: BreakerReason): void {
    const { openMs, maxOpenMs } = this.#options;
    const longestMs = Math.min(openMs * 2 ** this.#failedProbes, maxOpenMs);
    const retryInMs = longestMs * (0.5 + this.#clock.random() / 2);
    this.#openings++;
    this.#failedProbes++;
    this.#change({ value: 'open', untilMs: this.#clock.nowMs() + retryInMs }, { reason, retryInMs });
  }

  /** The state at this moment. */
  #current(): Inner {
    const inner = this.#inner;
    if (inner.value !== 'open' || this.#clock.nowMs() < inner.untilMs) return inner;
    return this.#change(
      { value: 'half_open', step: 0, successes: 0, asked: 0, admitted: 0, probe: undefined },
      { reason: 'probing' },
    );
  }

  #change(to: Inner, why: Pick<BreakerChange, 'reason' | 'retryInMs'>): Inner {
    const from = this.#inner.value;
    this.#inner = to;
    this.#changed({ from, to: to.value, ...why });
    return to;
  }
}
