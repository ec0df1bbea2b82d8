import { AsyncLocalStorage } from 'node:async_hooks';
import type { Priority } from './call.ts';
import { checkFunction, checkObject, checkOneOf, checkString } from './check.ts';

/** What is said of calls by who makes them, for limits. */
export interface CallContext {
  /** Who goes first where calls wait for a limit. @default 'medium' */
  readonly priority?: Priority;
  /** Whose call it is, for limits per user. It is never in a metric. */
  readonly user?: string;
  /** For limits per project. */
  readonly project?: string;
}

const contexts = new AsyncLocalStorage<CallContext>();

/**
 * Says something of every call that is made in `work`, be it at once or later in what `work` started. What is said inside
 * goes before what is said around it.
 *
 * @returns what `work` returns
 * @throws TelltaleError `invalid_option`; and whatever `work` throws
 *
 * @example
 * ```ts
 * const answer = await callWith({ priority: 'high', user: 'u-42' }, () =>
 *   openai.responses.create({ model: 'gpt-5-mini', input: 'Hello' }),
 * );
 * ```
 */
export function callWith<T>(context: CallContext, work: () => T): T {
  checkObject('context', context, ['priority', 'user', 'project']);
  if (context.priority !== undefined)
    checkOneOf('context.priority', context.priority, ['high', 'medium', 'low']);
  if (context.user !== undefined) checkString('context.user', context.user);
  if (context.project !== undefined) checkString('context.project', context.project);
  checkFunction('work', work);
  // A key without a value says nothing.
  const said = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
  return contexts.run({ ...contexts.getStore(), ...said }, work);
}

/** What was said of the call that is being made here. */
export function currentCallContext(): CallContext {
  return contexts.getStore() ?? {};
}
