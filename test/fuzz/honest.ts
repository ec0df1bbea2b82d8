import { expect } from 'vitest';
import type { Call, Outcome } from '../../src/index.ts';
import { type EndedSpan, isAttempt, isCall, type SpanBook } from '../contract/span-book.ts';
import type { World } from '../contract/worlds.ts';
import { isKnownLie } from './known.ts';
import type { Run } from './perform-plan.ts';
import type { Plan } from './plan.ts';
import { lastAnswer, type Truth, tellsError, tokensOf, truthOf } from './truth.ts';

/** What was told of an observed call is what happened. */
export async function expectHonest(
  run: Run,
  plan: Plan,
  world: World,
  book: SpanBook | undefined,
): Promise<void> {
  expect(run.calls).toHaveLength(1);
  expect(run.openForGood).toBe(0);
  const [call] = run.calls;
  if (!call) return;
  expect(run.attempts).toHaveLength(call.attempts);
  expect(run.attempts.filter(({ sent }) => sent)).toHaveLength(run.requests.length);
  expectAttempts(run, plan, call);
  if (book) expectSpans(book, call);
  const truth = await truthOf(plan, run, world);
  if (isKnownLie({ plan, run, truth, call, major: world.major })) return;
  const allowed = allowedOutcomes(run, plan, truth, call);
  expect(allowed, `${call.outcome} (${call.errorType}) after ${shown(run, truth)}`).toContain(call.outcome);
  expectTokens(run, plan, truth, call);
}

/** Each attempt has the status that the server gave, and between two of them lies a wait. */
function expectAttempts({ attempts, backoffs }: Run, plan: Plan, call: Readonly<Call>): void {
  const waits = backoffs.length - (call.attempts - 1);
  // A wait in which the caller stops is followed by none.
  expect(call.outcome === 'cancelled' ? [0, 1] : [0]).toContain(waits);
  for (const [index, { status, sent }] of attempts.entries()) {
    const answer = plan.answers[Math.min(index, plan.answers.length - 1)];
    const answered = sent && answer?.end !== 'refuse' && answer?.end !== 'silence';
    if (status !== undefined) expect(status).toBe(answered ? answer?.status : undefined);
    // Only a caller who stops comes before the headers.
    else if (call.outcome !== 'cancelled') expect(answered).toBe(false);
  }
}

function shown({ clientError, readToEnd, stopped, aborted }: Run, truth: Truth): string {
  const facts = { clientError: String(clientError), readToEnd, stopped, aborted };
  return JSON.stringify({
    ...facts,
    finished: truth.finished,
    error: String(truth.error),
    items: truth.items,
  });
}

function expectSpans(book: SpanBook, call: Readonly<Call>): void {
  const spans = book.own;
  const ids = spans.map((span) => span.spanContext().spanId);
  expect(new Set(ids).size).toBe(book.started.length);
  expect(book.ended.length).toBe(book.started.length);
  const calls = spans.filter(isCall);
  expect(calls.map(outcomeOf)).toEqual([call.outcome]);
  expect(spans.filter(isAttempt)).toHaveLength(call.attempts);
}

const outcomeOf = (span: EndedSpan): unknown => span.attributes['telltale.outcome'];

const fine: readonly Outcome[] = ['ok', 'empty'];

/** By the documents, and by what the caller did and got. */
function allowedOutcomes(
  run: Run,
  plan: Plan,
  truth: Truth,
  call: Readonly<Call>,
): readonly (Outcome | undefined)[] {
  const { clientError, readToEnd, stopped } = run;
  const aborted = run.aborted || run.pending;
  const streamed = plan.ask.to.endsWith('stream');
  // Every stream here has an end that is documented.
  const knowable = streamed;
  const last = lastAnswer(plan, run);
  const good = last !== undefined && last.delivery.status < 300;
  if (plan.use.how === 'raw' || plan.ask.to === 'file content')
    return allowedRaw(run, truth, call, {
      streamed,
      good,
      whole: last?.delivery.end === 'end',
      status: last?.delivery.status,
    });
  if (clientError !== undefined && isAbort(clientError)) return ['cancelled'];
  // The body came whole, and what the client makes of it is not the provider's business.
  if (clientError instanceof TypeError && /'in' operator/.test(clientError.message))
    return ['error', ...fine];
  if (clientError !== undefined) return ['error'];
  if (last?.delivery.status === 204 && !streamed) return aborted ? ['ok', 'cancelled'] : ['ok'];
  // A stream without a body cannot be read, whoever tries.
  if (last?.delivery.status === 204) return aborted ? ['error', 'cancelled'] : ['error'];
  if (typeof truth.items[0] === 'string' && !streamed)
    return [...fine, 'error', ...(aborted ? (['cancelled', 'abandoned'] as const) : [])];
  if (stopped || aborted) {
    // Whoever stops may have had everything before.
    const cut = readToEnd && streamed && !truth.finished ? (['truncated'] as const) : [];
    const left = run.pending ? (['abandoned'] as const) : [];
    if (readToEnd || truth.finished || !streamed)
      return ['cancelled', ...fine, ...cut, ...left, ...errorsIn(truth)];
    // An iterator reads ahead of whoever stops it.
    return [
      'cancelled',
      ...left,
      ...(plan.use.how === 'toReadableStream' ? (['truncated'] as const) : []),
      ...errorsIn(truth),
    ];
  }
  if (!readToEnd && plan.use.how === 'toReadableStream') return ['abandoned', 'cancelled'];
  // Whoever did not ask for the end may have met it all the same.
  if (!readToEnd)
    return ['abandoned', ...(truth.finished ? fine : (['truncated'] as const)), ...errorsIn(truth)];
  if (streamed)
    return knowable && !truth.finished ? ['truncated', ...errorsIn(truth)] : [...fine, ...errorsIn(truth)];
  if (!['chat', 'responses', 'embeddings'].includes(plan.ask.to)) return ['ok'];
  const [value] = truth.items;
  if (value === undefined || value === '' || value === null) return ['ok', 'error'];
  return typeof value === 'object' && !Array.isArray(value) ? [...fine, ...errorsIn(truth)] : ['error', 'ok'];
}

const errorsIn = (truth: Truth): readonly Outcome[] =>
  tellsError(truth.items) || /event:?error/.test(truth.wire) || truth.error !== undefined ? ['error'] : [];

/** Whoever reads by hand may do so in any order; only what cannot be is refused. */
function allowedRaw(
  { readToEnd, stopped, aborted, clientError, pending }: Run,
  truth: Truth,
  { outcome }: Readonly<Call>,
  {
    streamed,
    good,
    whole,
    status,
  }: { streamed: boolean; good: boolean; whole: boolean; status?: number | undefined },
): readonly (Outcome | undefined)[] {
  if (!good)
    return clientError !== undefined && isAbort(clientError)
      ? ['cancelled']
      : ['error', 'abandoned', 'cancelled', 'ok'];
  if (status === 204) return [streamed ? 'error' : 'ok', ...(aborted ? (['cancelled'] as const) : [])];
  const possible: (Outcome | undefined)[] = [];
  if ((readToEnd && whole) || (streamed && truth.finished)) possible.push(...fine);
  if (streamed && readToEnd && !truth.finished) possible.push('truncated');
  if (stopped || aborted || pending) possible.push('cancelled');
  // Of a stream it is told at once that its caller has aborted.
  if (!readToEnd && !(streamed && aborted)) possible.push('abandoned');
  if (clientError !== undefined || truth.error !== undefined || tellsError(truth.items) || !whole)
    possible.push('error');
  if (outcome === 'error' && !streamed) possible.push('error');
  return possible;
}

function isAbort(error: unknown): boolean {
  const { name, constructor: made } = error as Error;
  return name === 'AbortError' || made.name === 'APIUserAbortError';
}

/** Tokens are those that the provider told, to whoever read all of it. */
function expectTokens(run: Run, plan: Plan, truth: Truth, call: Readonly<Call>): void {
  const { usage } = call;
  const told = tokensOf(truth.items);
  const { readToEnd, stopped, aborted, clientError } = run;
  const all =
    !run.pending && plan.use.how !== 'raw' && readToEnd && !stopped && !aborted && clientError === undefined;
  if (!['chat', 'chat stream', 'responses', 'responses stream', 'embeddings'].includes(plan.ask.to)) return;
  if (usage.source === 'provider') {
    const { inputTokens, outputTokens } = usage;
    if (all && told !== undefined) expect(`${inputTokens}/${outputTokens}`).toBe(told);
    // Nobody made them up.
    if (inputTokens !== undefined)
      expect(truth.wire).toMatch(new RegExp(`(?:prompt|input)_tokens":${inputTokens}[,}]`));
    if (outputTokens !== undefined)
      expect(truth.wire).toMatch(new RegExp(`(?:completion|output)_tokens":${outputTokens}[,}]`));
  } else if (all) expect(told).toBeUndefined();
}
