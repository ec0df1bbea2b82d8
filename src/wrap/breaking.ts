import type { BreakerTicket } from '../attempt/breaker/breaker.ts';
import type { BreakerSubject, Breakers } from '../attempt/breaker/breakers.ts';
import { findingOf } from '../attempt/breaker/finding.ts';
import type { CallRequest } from '../call.ts';
import type { AttemptGate, AttemptOver, AttemptTicket } from './attempt-gate.ts';
import { breakerError } from './breaker-error.ts';
import type { CallRun } from './call-run.ts';
import type { ErrorClasses } from './doors.ts';

/**
 * Asks the circuit breaker of a call's model before anything else may hold the attempt, and tells it what became of the
 * attempt. `again` stands behind whatever holds attempts: the breaker may have opened in the meantime.
 */
export class Breaking implements AttemptGate {
  readonly again: AttemptGate = { admit: (run, classes) => this.#admitAgain(run, classes) };
  readonly #breakers: Breakers;
  /** Of the attempt that each call is about to make. */
  readonly #leaves = new WeakMap<CallRun, Leave>();

  constructor(breakers: Breakers) {
    this.#breakers = breakers;
  }

  /** @throws an `InternalServerError` of the client where the breaker is open */
  admit(run: CallRun, classes: ErrorClasses): AttemptTicket | undefined {
    if (!hasBreaker(run.request)) return undefined;
    const leave = new Leave(run, this.#ask(run, classes));
    this.#leaves.set(run, leave);
    return leave;
  }

  #admitAgain(run: CallRun, classes: ErrorClasses): undefined {
    const leave = this.#leaves.get(run);
    this.#leaves.delete(run);
    // Who gave it takes it back: there is no second one.
    if (leave && !leave.ticket.isValid) leave.ticket = this.#ask(run, classes);
  }

  #ask(run: CallRun, classes: ErrorClasses): BreakerTicket {
    const { request } = run;
    const answer = this.#breakers.of(request).admit();
    if ('report' in answer) return answer;
    run.refused('breaker_open');
    throw breakerError(nameOf(request), answer.retryInMs, run.attempt, classes);
  }
}

class Leave implements AttemptTicket {
  ticket: BreakerTicket;
  readonly #run: CallRun;

  constructor(run: CallRun, ticket: BreakerTicket) {
    this.#run = run;
    this.ticket = ticket;
  }

  settle({ attempt }: AttemptOver): void {
    this.ticket.report(attempt ? findingOf(attempt, this.#run.answer.failure?.code) : 'none');
  }

  release(): void {
    this.ticket.report('none');
  }
}

/** A model can be ill where one works; of the other endpoints nobody knows what they have in common. */
function hasBreaker({ endpoint }: CallRequest): boolean {
  return endpoint !== 'other' && endpoint !== 'fetch_response';
}

function nameOf({ endpoint, model }: Pick<BreakerSubject, 'endpoint' | 'model'>): string {
  return model === undefined ? endpoint : `${endpoint} ${model}`;
}
