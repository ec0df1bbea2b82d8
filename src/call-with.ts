import { AsyncLocalStorage } from 'node:async_hooks';
import type { Priority } from './call.ts';
import { checkFunction, checkObject, checkOneOf, checkString, invalidOption } from './check.ts';

/** What is said of calls by who makes them, for limits. */
export interface CallContext {
  /** Who goes first where calls wait for a limit. @default 'medium' */
  readonly priority?: Priority;
  /** Whose call it is, for limits per user. It is never in a metric. */
  readonly user?: string;
  /** For limits per project. */
  readonly project?: string;
  /**
   * What the call is for, for budgets by tag: at most 10 names of up to 64 characters, with values of up to 256. Those
   * that are said around it hold too, except where the name is the same. They are never in a metric.
   */
  readonly tags?: Readonly<Record<string, string>>;
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
  checkObject('context', context, ['priority', 'user', 'project', 'tags']);
  if (context.priority !== undefined)
    checkOneOf('context.priority', context.priority, ['high', 'medium', 'low']);
  if (context.user !== undefined) checkString('context.user', context.user);
  if (context.project !== undefined) checkString('context.project', context.project);
  if (context.tags !== undefined) checkTags(context.tags);
  checkFunction('work', work);
  // A key without a value says nothing.
  const said = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined));
  const around = contexts.getStore();
  const tags = context.tags && { ...around?.tags, ...context.tags };
  return contexts.run({ ...around, ...said, ...(tags && { tags }) }, work);
}

const mostTags = 10;

function checkTags(given: unknown): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidOption('context.tags', 'an object of texts', given);
  const tags = Object.entries(given);
  if (tags.length > mostTags) throw invalidOption('context.tags', `at most ${mostTags} tags`, given);
  for (const [name, value] of tags) {
    if (name === '' || name.length > 64)
      throw invalidOption('context.tags', 'tags with names of 1 to 64 characters', name);
    if (checkString(`context.tags.${name}`, value).length > 256)
      throw invalidOption(`context.tags.${name}`, 'a text of at most 256 characters', value);
  }
}

/** What was said of the call that is being made here. */
export function currentCallContext(): CallContext {
  return contexts.getStore() ?? {};
}
