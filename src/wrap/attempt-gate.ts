import type { Attempt, Usage } from '../call.ts';
import { TelltaleError } from '../errors.ts';
import type { BackgroundJob } from './background-jobs.ts';
import type { CallRun } from './call-run.ts';
import type { Core } from './core.ts';
import type { ErrorClasses } from './doors.ts';

/** What became of an attempt. */
export interface AttemptOver {
  /** Undefined where the attempt goes on untold, after a `flush`: what it uses will not be known. */
  readonly attempt: Attempt | undefined;
  /** Known only of the attempt that ended its call. What that cost is on `attempt.call`. */
  readonly usage: Usage | undefined;
  /** False where the call goes on with another attempt. */
  readonly isLast: boolean;
  /** The background Response that the attempt began: what it costs is known later. */
  readonly job?: BackgroundJob | undefined;
}

/** What a gate gave an attempt. Exactly one of the two methods is called, exactly once. */
export interface AttemptTicket {
  /** The attempt was sent, and is over. */
  settle(over: AttemptOver): void;
  /** Nothing was sent: the attempt failed inside the client, or a later gate refused it. */
  release(): void;
}

/**
 * May hold an attempt, or refuse it: limits, a breaker, a budget. The gates of a core are asked in order before each
 * attempt, retries too, and outside of the client's time-out.
 */
export interface AttemptGate {
  /**
   * Asks for the next attempt of a call. What is not a promise lets it go without a wait; undefined says that the gate has
   * nothing to do with it.
   *
   * @throws what the caller is to see. A `TelltaleError`, or an error whose `cause` is one, gives the call its error type;
   * the call ends as `refused`, unless the gate has ended it already.
   */
  admit(run: CallRun, classes: ErrorClasses): AttemptTicket | undefined | Promise<AttemptTicket | undefined>;
}

/**
 * Asks the gates in order.
 *
 * @throws what a gate refuses with; the tickets of those before it are released
 */
export async function passGates(
  { gates, report }: Pick<Core, 'gates' | 'report'>,
  run: CallRun,
  classes: ErrorClasses,
): Promise<readonly AttemptTicket[]> {
  const tickets: AttemptTicket[] = [];
  if (!run.ended) run.reachGates();
  try {
    for (const gate of gates) {
      const answer = gate.admit(run, classes);
      const ticket = answer instanceof Promise ? await answer : answer;
      if (ticket) tickets.push(ticket);
      const pastDeadline = run.steering?.deadline?.error;
      if (pastDeadline) throw pastDeadline;
    }
  } catch (error) {
    for (const ticket of tickets) guarded(report, () => ticket.release());
    const code = refusalCode(error);
    // A call that was under way has not been refused by the end of its time.
    run.end(code === 'deadline_exceeded' && run.call.attempts > 0 ? 'error' : 'refused', code, error);
    if (!run.journey?.isLeaving) run.steering?.deadline?.dispose();
    throw error;
  } finally {
    run.isAtGates = false;
  }
  return tickets;
}

/** Gives the tickets of one attempt back. */
export function settleTickets(
  report: Core['report'],
  tickets: readonly AttemptTicket[],
  over: AttemptOver,
): void {
  for (const ticket of tickets) {
    guarded(report, () => {
      if (over.attempt && !over.attempt.sent) ticket.release();
      else ticket.settle(over);
    });
  }
}

/** What a gate keeps for itself must not fail the call. */
function guarded(report: Core['report'], work: () => void): void {
  try {
    work();
  } catch (fault) {
    report('Settling an attempt', fault);
  }
}

function refusalCode(error: unknown): string {
  if (error instanceof TelltaleError) return error.code;
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause instanceof TelltaleError ? cause.code : '_OTHER';
}
