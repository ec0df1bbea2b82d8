import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from '../call.ts';
import { createTag } from '../tag.ts';
import type { CallRun } from './call-run.ts';
import type { RequestOptions } from './doors.ts';

/** What travels with the sending of one attempt. It is emptied at the end, so that nothing outlives its call. */
export interface Sending {
  run: CallRun | undefined;
  attempt: Attempt | undefined;
  options: RequestOptions | undefined;
}

const sendings = new AsyncLocalStorage<Sending>();
const runs = createTag<CallRun>();

/**
 * Finds the call that a retry belongs to. The client hands the same options object to every attempt of a call; only
 * the replay after a 401 makes a new one, and there the asynchronous context tells.
 */
export function runOf(options: RequestOptions): CallRun | undefined {
  const sending = sendings.getStore();
  // An attempt that was given up has let go of its run; the options still know it.
  if (sending?.run && sending.options === options) return sending.run;
  return runs.get(options) ?? sending?.run;
}

export function linkOptions(options: RequestOptions, run: CallRun): void {
  runs.set(options, run);
}

export function linkResponse(response: object, run: CallRun): void {
  runs.set(response, run);
}

export function runOfResponse(response: object): CallRun | undefined {
  return runs.get(response);
}

export function runSending<T>(sending: Sending, send: () => T): T {
  return sendings.run(sending, send);
}

/** The attempt that is being sent here. */
export function currentSending(): Sending | undefined {
  return sendings.getStore();
}

/** The attempt that is being sent here, the first time it is asked for; a second request of it is not the attempt. */
export function takeSending(): Sending | undefined {
  const sending = sendings.getStore();
  return sending?.attempt && !sending.attempt.sent ? sending : undefined;
}
