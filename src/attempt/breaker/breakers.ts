import type { CallRequest } from '../../call.ts';
import type { Clock } from '../../clock.ts';
import { Breaker, type BreakerChange, type BreakerState } from './breaker.ts';
import type { CheckedBreakerOptions } from './breaker-options.ts';

/** What a breaker is for. */
export interface BreakerSubject {
  /** Undefined where the request names none; `_other` for the breaker that further models share. */
  readonly model?: string;
  /** `chat`, `responses`, …; `_other` for the breaker that further models share. */
  readonly endpoint: string;
  /** The operation's name in the GenAI conventions, as on spans. */
  readonly operation: string;
  readonly serverAddress: string;
}

/** A breaker changed its state. */
export interface BreakerEvent extends BreakerSubject, BreakerChange {}

/** A breaker at some moment. */
export interface BreakerFigures extends BreakerSubject {
  readonly state: BreakerState;
  /** Milliseconds until an attempt may try; 0 where it is not open. */
  readonly retryInMs: number;
  /** Attempts in the window that ended well; 0 while it is not closed. */
  readonly good: number;
  /** Attempts in the window that found the provider ill; 0 while it is not closed. */
  readonly ill: number;
}

interface Entry {
  readonly subject: BreakerSubject;
  readonly breaker: Breaker;
  usedMs: number;
}

/** As many models have statistics of their own. */
const mostBreakers = 100;
/** Longer than the client's own time-out, ten minutes. */
const usualIdleMs = 15 * 60_000;

/**
 * A circuit breaker for each model at each endpoint of each server. There are at most 101: what comes after the first
 * hundred shares one. One that nobody has asked for 15 minutes (or `windowMs`, where that is longer) is forgotten.
 */
export class Breakers {
  readonly #options: CheckedBreakerOptions;
  readonly #clock: Clock;
  readonly #changed: (event: BreakerEvent) => void;
  readonly #idleMs: number;
  readonly #entries = new Map<string, Entry>();
  #shared: Entry | undefined;

  /** `changed` must not throw. */
  constructor(options: CheckedBreakerOptions, clock: Clock, changed: (event: BreakerEvent) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#changed = changed;
    this.#idleMs = Math.max(usualIdleMs, options.windowMs);
  }

  of({
    endpoint,
    model,
    operation,
    serverAddress,
    serverPort,
  }: Pick<CallRequest, 'endpoint' | 'model' | 'operation' | 'serverAddress' | 'serverPort'>): Breaker {
    const key = `${endpoint}\n${serverAddress}\n${serverPort ?? ''}\n${model ?? ''}`;
    const nowMs = this.#clock.nowMs();
    const known = this.#entries.get(key);
    if (known) {
      known.usedMs = nowMs;
      return known.breaker;
    }
    if (this.#entries.size >= mostBreakers) this.#forgetIdle(nowMs);
    if (this.#entries.size >= mostBreakers) {
      this.#shared ??= this.#entryOf({
        model: '_other',
        endpoint: '_other',
        operation: '_other',
        serverAddress: '_other',
      });
      this.#shared.usedMs = nowMs;
      return this.#shared.breaker;
    }
    const entry = this.#entryOf({
      ...(model !== undefined && { model }),
      endpoint,
      operation,
      serverAddress,
    });
    this.#entries.set(key, entry);
    return entry.breaker;
  }

  snapshot(): readonly BreakerFigures[] {
    this.#forgetIdle(this.#clock.nowMs());
    const entries = [...this.#entries.values(), ...(this.#shared ? [this.#shared] : [])];
    return entries.map(({ subject, breaker }) => {
      const { state, retryInMs, figures } = breaker;
      return { ...subject, state, retryInMs, good: figures?.good ?? 0, ill: figures?.ill ?? 0 };
    });
  }

  #entryOf(subject: BreakerSubject): Entry {
    const breaker = new Breaker(this.#options, this.#clock, (change) =>
      this.#changed({ ...subject, ...change }),
    );
    return { subject, breaker, usedMs: this.#clock.nowMs() };
  }

  #forgetIdle(nowMs: number): void {
    const isIdle = ({ usedMs }: Entry): boolean => nowMs - usedMs >= this.#idleMs;
    for (const [key, entry] of this.#entries) if (isIdle(entry)) this.#entries.delete(key);
    if (this.#shared && isIdle(this.#shared)) this.#shared = undefined;
  }
}
