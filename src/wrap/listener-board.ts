import type { Alert } from '../account/alerts/alert.ts';
import type { BudgetAlert } from '../account/budget/budget.ts';
import type { BreakerEvent } from '../attempt/breaker/breakers.ts';
import type { Attempt, Backoff, Call, Throttle } from '../call.ts';
import { currentCallContext } from '../call-with.ts';
import type { CallObserver, Observer } from '../observer.ts';
import type { FaultReporter } from './core.ts';

/** What `telltale(client).on` can listen to. */
export interface TelltaleEvents {
  /** A call reached its end. */
  call: Readonly<Call>;
  /** An attempt reached its end. */
  attempt: Readonly<Attempt>;
  /** A wait between two attempts is over. */
  backoff: Readonly<Backoff>;
  /** A limit let an attempt go, or did not. */
  throttle: Readonly<Throttle>;
  /** A circuit breaker opened, lets calls try again, or closed. */
  breaker: BreakerEvent;
  /** A budget has reached a share of which to alert. */
  budget: BudgetAlert;
  /** An alert of `alerts` begins or ends. */
  alert: Alert;
}

type Listeners = { readonly [Name in keyof TelltaleEvents]: Set<(event: TelltaleEvents[Name]) => void> };

/** The user's own listeners. One that throws is reported once and never reaches the call. */
export class ListenerBoard {
  readonly #listeners: Listeners = {
    call: new Set(),
    attempt: new Set(),
    backoff: new Set(),
    throttle: new Set(),
    breaker: new Set(),
    budget: new Set(),
    alert: new Set(),
  };
  readonly #report: FaultReporter;
  readonly #forward: CallObserver = {
    ended: (call) => this.#emit('call', call),
    attemptEnded: (attempt) => this.#emit('attempt', attempt),
    backoffEnded: (backoff) => this.#emit('backoff', backoff),
    throttled: (throttle) => this.#emit('throttle', throttle),
  };

  constructor(report: FaultReporter) {
    this.#report = report;
  }

  readonly observer: Observer = () => {
    const { call, attempt, backoff, throttle } = this.#listeners;
    const { onCalls } = currentCallContext();
    if (onCalls) return { ...this.#forward, ended: (ended) => this.#endedIn(onCalls, ended) };
    return call.size + attempt.size + backoff.size + throttle.size > 0 ? this.#forward : undefined;
  };

  #endedIn(onCalls: readonly ((call: Readonly<Call>) => void)[], ended: Call): void {
    for (const onCall of onCalls) this.#tell('`onCall` of `callWith`', onCall, ended);
    this.#emit('call', ended);
  }

  /** Breakers belong to no call. */
  readonly breakerChanged = (event: BreakerEvent): void => this.#emit('breaker', event);
  /** Alerts belong to no call. */
  readonly alertChanged = (alert: Alert): void => this.#emit('alert', alert);

  /** Returns the function that takes the listener off again. */
  on<Name extends keyof TelltaleEvents>(
    name: Name,
    listener: (event: TelltaleEvents[Name]) => void,
  ): () => void {
    const listeners = this.#listeners[name];
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  alerted(alert: BudgetAlert): void {
    this.#emit('budget', alert);
  }

  #emit<Name extends keyof TelltaleEvents>(name: Name, event: TelltaleEvents[Name]): void {
    for (const listener of this.#listeners[name]) this.#tell(`A listener for '${name}'`, listener, event);
  }

  #tell<Event>(who: string, listener: (event: Event) => void, event: Event): void {
    const fail = (fault: unknown): void => this.#report(who, fault);
    try {
      const result: unknown = listener(event);
      // An asynchronous listener that fails must not end the process as an unhandled rejection.
      if (typeof result === 'object' && result !== null && 'then' in result)
        Promise.resolve(result).catch(fail);
    } catch (fault) {
      fail(fault);
    }
  }
}
