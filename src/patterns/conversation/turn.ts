import type OpenAI from 'openai';
import { beginSpan, type WorkSpan } from '../../index.ts';
import { patternInstruments } from '../../pattern-metrics.ts';
import { type Answer, ask } from './ask.ts';
import type { TurnRecord } from './conversation-record.ts';
import { errorName } from './error-name.ts';
import type { OutgoingMessage, UserContent } from './message.ts';
import type { ConversationReply } from './reply.ts';
import { CostMeter, type HeldRecord, type Session } from './session.ts';
import { addCosts, nothingSpent } from './spent.ts';
import { messagesOf } from './window.ts';

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onPiece?: (piece: string) => void;
}

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
    const span = beginSpan('conversation turn', {
      attributes: { 'gen_ai.conversation.id': session.settings.id },
    });
    try {
      const turn: TurnRecord = {
        state: 'pending',
        user: content,
        askedMs: session.settings.clock.epochMs(),
        traceparent: span.traceparent,
        cost: nothingSpent,
      };
      await held.write({ turns: [...held.record.turns, turn] });
      const reply = await answerTurn(session, held, span, options);
      span.end();
      return reply;
    } catch (error) {
      span.end(error);
      throw error;
    }
  });
}

/** Settles the last turn where it was interrupted. */
export async function resumeTurn(
  session: Session,
  options: TurnOptions,
): Promise<ConversationReply | undefined> {
  if (session.latest?.turns.at(-1)?.state !== 'pending') return undefined;
  return await session.held(options.signal, async (held) => {
    const last = held.record.turns.at(-1);
    if (last?.state !== 'pending') return undefined;
    const span = beginSpan('conversation turn', {
      attributes: { 'gen_ai.conversation.id': session.settings.id },
      traceparent: last.traceparent,
    });
    try {
      return await answerTurn(session, held, span, options);
    } finally {
      span.end();
    }
  });
}

/** Has the last turn, which is pending, answered. */
async function answerTurn(
  session: Session,
  held: HeldRecord,
  span: WorkSpan,
  { signal, onPiece }: TurnOptions,
): Promise<ConversationReply> {
  const { client, model, instructions, request, prepare } = session.settings;
  const meter = new CostMeter();
  let answer: Answer;
  try {
    const all = messagesOf(held.record);
    const input = prepare ? await prepare(all) : all;
    const params = {
      ...request,
      model,
      input: input as OutgoingMessage[],
      store: false,
      ...(instructions !== undefined && { instructions }),
    } as OpenAI.Responses.ResponseCreateParams;
    answer = await span.within(() => session.metered(meter, () => ask({ client, params, signal, onPiece })));
  } catch (error) {
    await endTurn(session, held, meter, { state: 'failed', error: errorName(error) });
    throw error;
  }
  const { text, outcome, incompleteReason, responseId, error } = answer;
  const said = { text, outcome, incompleteReason, model: answer.model, responseId };
  if (error !== undefined) {
    await endTurn(session, held, meter, { ...said, state: 'failed', error: errorName(error) });
    throw error;
  }
  await endTurn(session, held, meter, { ...said, state: outcome === 'cut' ? 'cut' : 'answered' });
  return {
    turn: held.record.turns.length,
    text,
    outcome,
    ...(incompleteReason !== undefined && { incompleteReason }),
    ...(answer.model !== undefined && { model: answer.model }),
    ...(responseId !== undefined && { responseId }),
    usage: meter.usage,
    ...(meter.cost.costUsd !== undefined && { costUsd: meter.cost.costUsd }),
    cost: meter.cost,
    ...(span.traceId !== undefined && { traceId: span.traceId }),
    notices: [],
  };
}

async function endTurn(
  session: Session,
  held: HeldRecord,
  meter: CostMeter,
  end: Partial<TurnRecord>,
): Promise<void> {
  const { record } = held;
  const turns = [...record.turns];
  const last = turns.pop();
  if (!last) return;
  const cost = addCosts(last.cost, meter.cost);
  turns.push({ ...last, ...end, answeredMs: session.settings.clock.epochMs(), cost });
  await held.write({ turns, cost: addCosts(record.cost, meter.cost) });
  patternInstruments()?.turnEnded({ outcome: end.state === 'failed' ? 'error' : (end.outcome ?? 'ok') });
}
