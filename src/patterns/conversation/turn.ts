import { TelltaleError } from '../../errors.ts';
import { beginSpan, type Usage } from '../../index.ts';
import { patternInstruments } from '../../pattern-metrics.ts';
import { askUntilAnswered } from './answer-turn.ts';
import { type Answer, isWhole } from './ask.ts';
import type { ConversationRecord, TurnRecord } from './conversation-record.ts';
import { errorName } from './error-name.ts';
import { findAnswer, reconcile } from './find-answer.ts';
import { makeRoom } from './make-room.ts';
import type { UserContent } from './message.ts';
import { memoryAfter } from './provider-memory.ts';
import type { ConversationReply } from './reply.ts';
import type { HeldRecord, Session } from './session.ts';
import { addCosts, type ConversationCost, costOfFetched } from './spent.ts';
import { newTurn, type TurnOptions, TurnRun } from './turn-run.ts';

/**
 * Takes one turn. What the user said is written before anything is sent, and what came of it before it is told. A turn that
 * is stopped gives a reply; one that fails throws.
 */
export async function takeTurn(
  session: Session,
  content: UserContent,
  options: TurnOptions,
): Promise<ConversationReply> {
  return await session.held(options.signal, async (held) => {
    const resumed = await settleLast(session, held, { signal: options.signal });
    options.signal?.throwIfAborted();
    const { via } = session.settings;
    const mustReconcile = via === 'conversations' && held.record.conversation?.isUncertain === true;
    const reply = await inTurn(session, held, options, undefined, async (run) => {
      const turn = newTurn(content, session.settings.clock.epochMs(), run.span.traceparent);
      await held.write({ turns: [...held.record.turns, turn], ...sending(run) });
      return async () => {
        if (resumed?.error !== undefined)
          run.notice(
            'unanswered',
            `The interrupted turn ${run.record.turns.length - 1} failed (${errorName(resumed.error)}).`,
          );
        if (mustReconcile) await reconcile(run);
        await makeRoom(run);
        return await askUntilAnswered(run);
      };
    });
    return resumed?.reply ? { ...reply, resumed: resumed.reply } : reply;
  });
}

/** Settles the last turn where it was interrupted. */
export async function resumeTurn(
  session: Session,
  options: TurnOptions,
): Promise<ConversationReply | undefined> {
  return await session.held(options.signal, async (held) => {
    const settled = await settleLast(session, held, options);
    if (settled?.error !== undefined) throw settled.error;
    return settled?.reply;
  });
}

interface Settled {
  readonly reply?: ConversationReply;
  readonly error?: unknown;
}

async function settleLast(
  session: Session,
  held: HeldRecord,
  options: TurnOptions,
): Promise<Settled | undefined> {
  const last = held.record.turns.at(-1);
  if (last?.state !== 'pending') return undefined;
  try {
    const reply = await inTurn(session, held, options, last.traceparent, async (run) => async () => {
      const found = await findAnswer(run, run.turn);
      if (found) {
        run.notice('recovered', 'The provider had answered the interrupted turn, so its answer was fetched.');
        return found;
      }
      run.notice('resent', 'The interrupted turn was sent again.');
      await makeRoom(run);
      return await askUntilAnswered(run);
    });
    return { reply };
  } catch (error) {
    return { error: error ?? new Error('Nothing was thrown.') };
  }
}

/** In a span of its own, does what begins a turn and then what answers it, and writes how it ended. */
async function inTurn(
  session: Session,
  held: HeldRecord,
  options: TurnOptions,
  traceparent: string | undefined,
  begin: (run: TurnRun) => Promise<() => Promise<Answer>>,
): Promise<ConversationReply> {
  const attributes = { 'gen_ai.conversation.id': session.settings.id };
  const span = beginSpan('conversation turn', { attributes, traceparent });
  const run = new TurnRun(session, held, span, options);
  try {
    const answerIt = await begin(run);
    const reply = await endTurn(run, await answerOrEnd(run, answerIt));
    span.setAttributes({ 'telltale.outcome': reply.outcome });
    span.end();
    return reply;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** Whatever goes wrong, the turn has an end that is written, and what was said is kept. */
async function answerOrEnd(run: TurnRun, answerIt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await answerIt();
  } catch (error) {
    return { ...nothing, ...(run.signal?.aborted ? { outcome: 'cut' } : { error }) };
  }
}

const nothing: Answer = {
  text: '',
  outcome: 'truncated',
  incompleteReason: undefined,
  model: undefined,
  responseId: undefined,
  lastItemId: undefined,
  hasBegun: false,
  usage: undefined,
  error: undefined,
};

async function endTurn(run: TurnRun, answer: Answer): Promise<ConversationReply> {
  const { text, outcome, incompleteReason, model, error, responseId = run.turn.responseId } = answer;
  const { clock } = run.session.settings;
  const isFailed = error !== undefined;
  const state = isFailed ? 'failed' : isWhole(answer) ? 'answered' : 'cut';
  // Another process asked for it, so nobody here has counted anything.
  const isFetched = state === 'answered' && run.meter.cost.calls === 0;
  const spent = isFetched ? costOfFetched(answer) : run.meter.cost;
  const end: Partial<TurnRecord> = {
    state,
    text,
    outcome,
    incompleteReason,
    model,
    responseId,
    answeredMs: clock.epochMs(),
    error: isFailed ? errorName(error) : undefined,
    cost: addCosts(run.turn.cost, spent),
  };
  const memory = state === 'answered' ? memoryAfter(run, answer) : {};
  try {
    await run.write(end, { ...memory, cost: addCosts(run.record.cost, spent) });
  } catch (failure) {
    // Where somebody else has the record now, what they know of the turn holds.
    if (failure instanceof TelltaleError) throw failure;
    run.session.keepUnwritten(run.held);
    const why = errorName(failure);
    run.notice('unwritten', `The turn could not be written (${why}). That is tried again with the next one.`);
  }
  patternInstruments()?.turnEnded({ outcome: isFailed ? 'error' : outcome });
  if (isFailed) throw error;
  return replyOf(run, isFetched ? usageOfFetched(spent) : run.meter.usage);
}

function replyOf(run: TurnRun, usage: Usage): ConversationReply {
  const { turns } = run.record;
  const { text = '', outcome = 'ok', incompleteReason, model, responseId, cost } = run.turn;
  const { traceId } = run.span;
  return {
    turn: turns.length,
    text,
    outcome,
    ...(incompleteReason !== undefined && { incompleteReason }),
    ...(model !== undefined && { model }),
    ...(responseId !== undefined && { responseId }),
    usage,
    ...(cost.costUsd !== undefined && { costUsd: cost.costUsd }),
    cost,
    ...(run.summarised && { summarised: run.summarised }),
    ...(traceId !== undefined && { traceId }),
    notices: run.notices,
  };
}

/** What is about to be sent may come to be part of the provider's conversation, and nobody knows until it is answered. */
function sending({ session, record }: TurnRun): Partial<ConversationRecord> {
  const { conversation } = record;
  if (session.settings.via !== 'conversations' || !conversation) return {};
  return { conversation: { ...conversation, isUncertain: true } };
}

function usageOfFetched(cost: ConversationCost): Usage {
  if (cost.uncountedCalls > 0) return { source: 'unknown' };
  const { inputTokens, cachedInputTokens, outputTokens, reasoningTokens } = cost;
  return { source: 'provider', inputTokens, cachedInputTokens, outputTokens, reasoningTokens };
}
