import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock.ts';
import type { CallObserver, Observer } from '../../observer.ts';
import { type Alert, type AlertName, type Judgement, sentence } from './alert.ts';
import type { CheckedAlerts } from './alert-options.ts';
import { CallWindow } from './call-window.ts';

/** What is asked of a limiter. */
export interface WatchedLimiter {
  stats(): { readonly limits: readonly { readonly limit: string; readonly utilisation: number }[] };
}

/** One condition as it stands. */
export interface AlertState {
  readonly alert: AlertName;
  readonly limit?: string;
  readonly isFiring: boolean;
}

export interface AlertWatchParts {
  readonly clock: Clock;
  readonly limiter: WatchedLimiter | undefined;
  /** Hears of each alert that begins or ends; must not throw. */
  readonly tell: (alert: Alert) => void;
  readonly report: (where: string, fault: unknown) => void;
}

/** A condition that was judged before. */
interface Condition {
  readonly state: Omit<AlertState, 'isFiring'>;
  /** On the monotonic scale; undefined while it does not fire. */
  firingSinceMs: number | undefined;
}

const judgeEveryMs = 1_000;
/** An alert ends at this share of its threshold. */
const clearAt = 0.9;

/**
 * Judges the calls of a rolling window, and how full limits are, once a second: from a timer, so that an alert ends also
 * where no call comes any more, and no call ever waits for somebody's callback. The timer keeps no process alive, and runs
 * only while there are calls in the window or something fires.
 */
export class AlertWatch {
  readonly #options: CheckedAlerts;
  readonly #parts: AlertWatchParts;
  readonly #window: CallWindow;
  readonly #conditions = new Map<string, Condition>();
  /** The timer is set within a call, whose user and trace have nothing to do with an alert. */
  readonly #outsideCalls = AsyncLocalStorage.snapshot();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(options: CheckedAlerts, parts: AlertWatchParts) {
    this.#options = options;
    this.#parts = parts;
    this.#window = new CallWindow(options.windowMs, options.p95Ms);
    for (const alert of ['p95_duration', 'error_rate', 'mean_cost'] as const) this.#conditionOf({ alert });
  }

  readonly #listener: CallObserver = {
    ended: (call) => {
      this.#window.add(call, this.#parts.clock.nowMs());
      this.#judgeLater();
    },
  };

  readonly observer: Observer = () => {
    // A limit may fill up long before the first call ends.
    this.#judgeLater();
    return this.#listener;
  };

  /** Every condition that is watched, in the order in which it was first judged. */
  states(): readonly AlertState[] {
    if (this.#isClosed) return [];
    return Array.from(this.#conditions.values(), ({ state, firingSinceMs }) => ({
      ...state,
      isFiring: firingSinceMs !== undefined,
    }));
  }

  /** Watches no more. Nobody knows whether what fires has ended, so that is not told. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #judgeLater(): void {
    if (this.#cancel || this.#isClosed) return;
    const delayMs = Math.min(judgeEveryMs, this.#window.partMs);
    this.#cancel = this.#parts.clock.schedule(
      () => this.#outsideCalls(() => this.#judge()),
      delayMs,
      'housekeeping',
    );
  }

  #judge(): void {
    this.#cancel = undefined;
    const nowMs = this.#parts.clock.nowMs();
    const { calls, priced, p95Ms, errorRate, meanCostUsd } = this.#window.figures(nowMs);
    const options = this.#options;
    this.#settle({ alert: 'p95_duration', value: p95Ms, threshold: options.p95Ms, calls }, nowMs);
    this.#settle({ alert: 'error_rate', value: errorRate, threshold: options.errorRate, calls }, nowMs);
    this.#settle(
      { alert: 'mean_cost', value: meanCostUsd, threshold: options.meanCostUsd, calls: priced },
      nowMs,
    );
    this.#judgeLimits(nowMs);
    const isFiring = [...this.#conditions.values()].some(({ firingSinceMs }) => firingSinceMs !== undefined);
    if (calls > 0 || isFiring) this.#judgeLater();
  }

  #judgeLimits(nowMs: number): void {
    const { limiter, report } = this.#parts;
    if (!limiter) return;
    try {
      const fullest = new Map<string, number | undefined>();
      for (const { limit, utilisation } of limiter.stats().limits)
        fullest.set(limit, Math.max(utilisation, fullest.get(limit) ?? 0));
      for (const { state } of [...this.#conditions.values()])
        if (state.limit !== undefined && !fullest.has(state.limit)) fullest.set(state.limit, undefined);
      for (const [limit, value] of fullest)
        this.#settle({ alert: 'limit_used', limit, value, threshold: this.#options.limitUsed }, nowMs);
    } catch (fault) {
      report('Looking at the limits', fault);
    }
  }

  /** Begins or ends an alert, where that is due. */
  #settle(judgement: Judgement, nowMs: number): void {
    const condition = this.#conditionOf(judgement);
    const { value, threshold, calls = this.#options.minCalls } = judgement;
    const { firingSinceMs } = condition;
    if (firingSinceMs === undefined) {
      if (value === undefined || value <= threshold || calls < this.#options.minCalls) return;
      condition.firingSinceMs = nowMs;
      this.#tell(judgement, undefined);
      return;
    }
    const isTooFew = calls < this.#options.minCalls / 2;
    if (!isTooFew && value !== undefined && value > threshold * clearAt) return;
    condition.firingSinceMs = undefined;
    this.#tell(isTooFew ? { ...judgement, value: undefined } : judgement, nowMs - firingSinceMs);
  }

  #conditionOf({ alert, limit }: Pick<Judgement, 'alert' | 'limit'>): Condition {
    const key = `${alert} ${limit ?? ''}`;
    const known = this.#conditions.get(key);
    if (known) return known;
    const state = { alert, ...(limit !== undefined && { limit }) };
    const condition: Condition = { state, firingSinceMs: undefined };
    this.#conditions.set(key, condition);
    return condition;
  }

  #tell(judgement: Judgement, firedMs: number | undefined): void {
    const { alert, limit, value, threshold, calls } = judgement;
    const { onAlert, windowMs } = this.#options;
    const { tell, report, clock } = this.#parts;
    const told: Alert = {
      alert,
      state: firedMs === undefined ? 'firing' : 'resolved',
      ...(limit !== undefined && { limit }),
      ...(value !== undefined && { value }),
      threshold,
      ...(calls !== undefined && { calls, windowMs }),
      atMs: clock.epochMs(),
      ...(firedMs !== undefined && { firedMs }),
      message: sentence(judgement, firedMs === undefined, windowMs),
    };
    tell(told);
    const fail = (fault: unknown): void => report('`alerts.onAlert`', fault);
    try {
      const result: unknown = onAlert?.(told);
      // An asynchronous one that fails must not end the process as an unhandled rejection.
      if (typeof result === 'object' && result !== null && 'then' in result)
        Promise.resolve(result).catch(fail);
    } catch (fault) {
      fail(fault);
    }
  }
}
