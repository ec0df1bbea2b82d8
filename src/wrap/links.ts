import { AsyncLocalStorage } from 'node:async_hooks';
import type { Attempt } from '../call.ts';
import { ownKeys } from '../own-keys.ts';
import { createTag } from '../tag.ts';
import type { CallRun } from './call-run.ts';
import type { RequestOptions } from './doors.ts';

/** What travels in the asynchronous context of one attempt. It is emptied at the end, so that nothing outlives its call. */
interface Sending {
  run: CallRun | undefined;
  attempt: Attempt | undefined;
  options: RequestOptions | undefined;
}

/** An attempt and the call that it belongs to. */
export interface Linked {
  readonly run: CallRun;
  readonly attempt: Attempt;
}

const sendings = new AsyncLocalStorage<Sending>();
/** On the options of a call, and on the headers of the attempt that is being sent for it. */
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

/** Returns false where another call that still runs has the same options: they cannot tell the two apart. */
export function linkOptions(options: RequestOptions, run: CallRun): boolean {
  const before = runs.get(options);
  if (before === run) return true;
  if (before && !before.ended) return false;
  runs.set(options, run);
  return true;
}

/** Marks the headers of a request with the call whose options it was built from, for `takeSending` to find. */
export function linkHeaders(headers: object, options: RequestOptions): void {
  const sending = sendings.getStore();
  // Where the context carries the attempt, the options may belong to another call too; an attempt that has left is not this one.
  if (sending?.options === options && sending.attempt?.sent === false) return;
  const run = runs.get(options);
  if (run) runs.set(headers, run);
}

/**
 * Sends with the attempt in the asynchronous context. That is dearer than the mark on the headers, and reaches places
 * which that mark does not: a second options object, a replaced method, headers of the user's own.
 */
export async function sendInContext<T>(
  { run, attempt }: Linked,
  options: RequestOptions,
  send: () => Promise<T>,
): Promise<T> {
  const sending: Sending = { run, attempt, options };
  try {
    return await sendings.run(sending, send);
  } finally {
    sending.run = undefined;
    sending.attempt = undefined;
    sending.options = undefined;
  }
}

/** The attempt that is being sent in this asynchronous context. */
export function currentSending(): Linked | undefined {
  const { run, attempt } = sendings.getStore() ?? {};
  return run && attempt && { run, attempt };
}

/** The attempt that these headers leave with, the first time it is asked for; a second request of it is not the attempt. */
export function takeSending(headers: unknown): Linked | undefined {
  const run = typeof headers === 'object' && headers !== null ? runs.get(headers) : undefined;
  const linked = run?.attempt ? { run, attempt: run.attempt } : currentSending();
  if (!linked || linked.attempt.sent) return undefined;
  // Before anything of an answer is written down, in which its provider may say them back.
  if (headers instanceof Headers) ownKeys.addFrom(headers);
  return linked;
}

/** On an answer, the attempt that it answers; only where something decides about retries. */
const answers = createTag<Linked>();

export function linkAnswer(response: object, linked: Linked): void {
  answers.set(response, linked);
}

export function linkedOf(response: unknown): Linked | undefined {
  return typeof response === 'object' && response !== null ? answers.get(response) : undefined;
}
