import type OpenAI from 'openai';
import { type Answer, answerOf } from './ask.ts';
import type { TurnRecord } from './conversation-record.ts';
import { delay } from './delay.ts';
import { textOf } from './message.ts';
import { isGone } from './provider-errors.ts';
import { addedItems, answerIn, removeUnanswered } from './provider-items.ts';
import { signalled } from './provider-memory.ts';
import { addCosts, costOfFetched, nothingSpent } from './spent.ts';
import type { TurnRun } from './turn-run.ts';
import { messagesFrom } from './window.ts';

/** How long a response that is still being made is waited for. */
const waitsMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/**
 * Asks the provider for the answer of a turn that was sent and of which nobody knows what came: first for the response, whose id
 * is known since it began, then for what was added to the conversation. So nothing is paid twice that can be had.
 */
export async function findAnswer(run: TurnRun, turn: TurnRecord): Promise<Answer | undefined> {
  const added = await addedItems(run);
  const response = turn.isStored && turn.responseId ? await responseOf(run, turn.responseId) : undefined;
  if (response) return { ...answerOf(response), ...(added && { lastItemId: added.at(-1)?.id }) };
  if (!added) return undefined;
  const sent = sentWith(run, turn);
  const found = answerIn(added, sent);
  // A question without its answer would be there twice when it is asked again.
  if (!found) await removeUnanswered(run, added, sent);
  return found;
}

/** What the request for a turn said, as far as that can be known. */
function sentWith({ record, session }: TurnRun, turn: TurnRecord): readonly string[] | undefined {
  if (session.settings.prepare) return undefined;
  const before = record.turns.slice(0, record.turns.indexOf(turn));
  const turns = [...before, { ...turn, state: 'pending' as const, text: undefined }];
  return messagesFrom({ ...record, turns }, record.conversation?.synced ?? 0).map(({ content }) =>
    textOf(content),
  );
}

/**
 * Where an earlier turn was stopped or failed on its way, the provider may have it all the same. What it has is not said again;
 * and a turn that failed has its answer then.
 */
export async function reconcile(run: TurnRun): Promise<void> {
  const before = run.record.turns.at(-2);
  const { conversation } = run.record;
  if (!before || !conversation) return;
  const added = await addedItems(run);
  const answer = added && (await findAnswer(run, before));
  if (!answer) return;
  const { text, outcome, incompleteReason, model, responseId = before.responseId } = answer;
  const said = { text, outcome, incompleteReason, model, responseId, error: undefined };
  const settled: TurnRecord = before.state === 'failed' ? { ...before, ...said, state: 'answered' } : before;
  const synced = run.record.turns.length - 1;
  const memory = { ...conversation, synced, lastItemId: answer.lastItemId };
  // What a call cost that never said what it was is counted once.
  const cost = before.cost.calls === 0 ? costOfFetched(answer) : nothingSpent;
  await run.held.write({
    turns: [...run.record.turns.slice(0, -2), { ...settled, cost: addCosts(settled.cost, cost) }, run.turn],
    conversation: memory,
    cost: addCosts(run.record.cost, cost),
  });
  if (settled !== before)
    run.notice('recovered', `The provider has an answer to turn ${synced}, which had failed here.`);
}

/** Undefined where it came to nothing, or the provider does not have it. */
async function responseOf(run: TurnRun, id: string): Promise<OpenAI.Responses.Response | undefined> {
  const { client, clock } = run.session.settings;
  for (const waitMs of [...waitsMs, undefined]) {
    let response: OpenAI.Responses.Response;
    try {
      response = await run.calling(() => client.responses.retrieve(id, {}, signalled(run)));
    } catch (error) {
      if (!isGone(error)) throw error;
      return undefined;
    }
    const { status } = response;
    if (status === 'completed' || status === 'incomplete') return response;
    if (status !== 'in_progress' && status !== 'queued') return undefined;
    if (waitMs !== undefined) await delay(clock, waitMs, run.signal);
  }
  return undefined;
}
