import type { Clock } from '../../clock.ts';
import { TelltaleError } from '../../errors.ts';
import { asObject, asString } from '../../json.ts';

/** What waits need. */
export interface Waiting {
  readonly clock: Clock;
  /** Ends every wait with its reason. */
  readonly signal: AbortSignal;
}

const firstDelayMs = 1_000;
const longestDelayMs = 60_000;
/** About a quarter of an hour of a provider that is down. The batches go on meanwhile, so nothing is lost by giving up. */
const mostTries = 20;

/** An answer that broke off, or is none. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
}

export async function sleep(delayMs: number, { clock, signal }: Waiting): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const finish = (): void => {
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    const aborted = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.schedule(finish, delayMs, 'work');
    signal.addEventListener('abort', aborted, { once: true });
  });
}

/** Up to a fifth more or less, so that many do not ask at once. */
export function jittered(delayMs: number, { random }: Clock): number {
  return delayMs * (0.8 + 0.4 * random());
}

/**
 * Tries again as long as what failed may succeed later.
 *
 * @throws what `work` threw last; TelltaleError `batch_failed` where that is a `BrokenAnswer`; the reason of the signal
 */
export async function persist<T>(work: () => Promise<T>, waiting: Waiting): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      waiting.signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (waiting.signal.aborted) throw waiting.signal.reason;
      if (tries === mostTries && error instanceof BrokenAnswer) throw givenUp(error);
      if (tries === mostTries || !mayPass(error)) throw error;
      const ownMs = Math.min(firstDelayMs * 2 ** (tries - 1), longestDelayMs);
      const wishMs = Math.min(wishOf(error), longestDelayMs);
      await sleep(Math.max(jittered(ownMs, waiting.clock), wishMs), waiting);
    }
  }
}

function givenUp(cause: BrokenAnswer): TelltaleError {
  const message = `${cause.message} It was tried ${mostTries} times. The batches go on at the provider; the same call goes on here.`;
  return new TelltaleError('batch_failed', message, { cause });
}

/** Of a batch for which the queue of its model has no room. */
export const queueIsFull = 'token_limit_exceeded';

const passingCodes = [
  'breaker_open',
  'queue_full',
  'wait_too_long',
  'store_unavailable',
  'deadline_exceeded',
] as const;

/** Whether the same request may succeed later. */
export function mayPass(error: unknown): boolean {
  if (error instanceof BrokenAnswer) return true;
  if (error instanceof TelltaleError) return (passingCodes as readonly string[]).includes(error.code);
  const { status, code } = (error ?? {}) as { status?: unknown; code?: unknown };
  // The queue is full: that takes longer than an attempt.
  if (code === queueIsFull) return false;
  // What the client throws for a body that breaks off, or that is cut.
  if (error instanceof TypeError || error instanceof SyntaxError) return true;
  // An error of the client's without a status is one of the connection.
  if (status === undefined) return error instanceof Error && 'status' in error;
  return isPassing(status, asString(code));
}

const noMoney = ['insufficient_quota', 'billing_hard_limit_reached', 'credit_balance_exhausted'];

/** Whether what was refused with this status may be answered later: an account without money stays without. */
export function isPassing(status: unknown, code: string | undefined): boolean {
  if (typeof status !== 'number') return false;
  if (code !== undefined && (noMoney.includes(code) || /spend_limit|usage_limit/.test(code))) return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** What the provider asked for with `retry-after`, in milliseconds. */
function wishOf(error: unknown): number {
  const headers = asObject(error)?.['headers'];
  const seconds = headers instanceof Headers ? Number(headers.get('retry-after')) : 0;
  const retryAfterMs = error instanceof TelltaleError ? (error.retryAfterMs ?? 0) : seconds * 1_000;
  return Number.isFinite(retryAfterMs) && retryAfterMs > 0 ? retryAfterMs : 0;
}
