import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call, Priority } from './call.ts';
import { checkFunction, checkNumber, checkObject, checkOneOf, checkString, invalidOption } from './check.ts';
import { longestTimerMs } from './clock.ts';

/** What is said of calls by who makes them. */
export interface CallContext {
  /** Who goes first where calls wait for a limit. @default 'medium' */
  readonly priority?: Priority;
  /** Whose call it is, for limits per user. It is never in a metric. */
  readonly user?: string;
  /** For limits per project. */
  readonly project?: string;
  /**
   * The longest that a call may take, its waits, attempts and the reading of its answer together. Where `observe` was given
   * one too, the smaller holds. Milliseconds, at least 1. @default no bound
   */
  readonly deadlineMs?: number;
  /**
   * What the call is for, for budgets by tag: at most 10 names of up to 64 characters, with values of up to 256. Those
   * that are said around it hold too, except where the name is the same. They are in
   * a metric only where `metricTags` of `observe` names them.
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * The conversation that the calls are part of, of 1 to 256 characters, as `gen_ai.conversation.id` on their spans. It goes
   * before the one that a request names itself. It is never in a metric.
   */
  readonly conversation?: string;
  /**
   * Is told of each call when it ends, so that what some work cost can be added up. Of those said inside and around it, all
   * are told, the inner one first. One that throws is reported once and never reaches the call.
   */
  readonly onCall?: (call: Readonly<Call>) => void;
}

type OnCall = NonNullable<CallContext['onCall']>;

/** What was said of a call, inside and around it. */
export interface SaidOfCall extends Omit<CallContext, 'onCall'> {
  /** The inner ones first, each once. */
  readonly onCalls?: readonly OnCall[];
}

const contexts = new AsyncLocalStorage<SaidOfCall>();

/**
 * Says something of every call that is made in `work`, be it at once or later in what `work` started. What is said inside
 * goes before what is said around it; of two deadlines, the smaller holds.
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
  checkObject('context', context, [
    ...['priority', 'user', 'project', 'deadlineMs'],
    ...['tags', 'conversation', 'onCall'],
  ]);
  if (context.priority !== undefined)
    checkOneOf('context.priority', context.priority, ['high', 'medium', 'low']);
  if (context.user !== undefined) checkString('context.user', context.user);
  if (context.project !== undefined) checkString('context.project', context.project);
  if (context.deadlineMs !== undefined)
    checkNumber('context.deadlineMs', context.deadlineMs, { min: 1, max: longestTimerMs });
  if (context.tags !== undefined) checkTags(context.tags);
  if (context.conversation !== undefined) checkConversation(context.conversation);
  if (context.onCall !== undefined) checkFunction('context.onCall', context.onCall);
  checkFunction('work', work);
  // A key without a value says nothing.
  const { onCall, ...others } = context;
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  const around = contexts.getStore();
  const deadlineMs = smaller(around?.deadlineMs, context.deadlineMs);
  const tags = context.tags && { ...around?.tags, ...context.tags };
  const onCalls = onCall && [...new Set([onCall, ...(around?.onCalls ?? [])])];
  return contexts.run(
    {
      ...around,
      ...said,
      ...(deadlineMs !== undefined && { deadlineMs }),
      ...(tags && { tags }),
      ...(onCalls && { onCalls }),
    },
    work,
  );
}

function checkConversation(given: unknown): void {
  if (checkString('context.conversation', given).length > 256)
    throw invalidOption('context.conversation', 'a text of at most 256 characters', given);
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
export function currentCallContext(): SaidOfCall {
  return contexts.getStore() ?? {};
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined) return other;
  return other === undefined ? one : Math.min(one, other);
}
