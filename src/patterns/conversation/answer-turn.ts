import type OpenAI from 'openai';
import { invalidOption } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import { type Answer, ask, isBroken } from './ask.ts';
import { delay, unlessAborted } from './delay.ts';
import { findAnswer } from './find-answer.ts';
import { shrink } from './make-room.ts';
import type { OutgoingMessage } from './message.ts';
import { isGone, isLocked, isTooLong } from './provider-errors.ts';
import { forgetMemory, type Ground, groundOf } from './provider-memory.ts';
import type { TurnRun } from './turn-run.ts';

/** How often an answer that broke off is asked for, as long as nothing of it was shown. */
const mostTries = 3;
/** How long a conversation in which another response is being made is waited for. */
const lockWaitsMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** Asks until there is an answer, or nothing more that can be done about it. */
export async function askUntilAnswered(run: TurnRun): Promise<Answer> {
  const shown = new Shown(run);
  let tries = 1;
  let locks = 0;
  let isReseeded = false;
  let isShrunk = false;
  for (;;) {
    const ground = await groundOf(run);
    const answer = await askOnce(run, ground, shown);
    const { error } = answer;
    if (error === undefined && !isBroken(answer)) return answer;
    if (isGone(error) && ground.isBuiltUpon && !isReseeded) {
      isReseeded = true;
      await forgetMemory(run);
      run.notice('reseeded', 'The provider had forgotten the conversation, so it was told it again.');
      continue;
    }
    if (isTooLong(error) && !isShrunk) {
      isShrunk = true;
      if (await shrink(run)) continue;
    }
    const lockMs = isLocked(error) ? lockWaitsMs[locks++] : undefined;
    if (lockMs === undefined && !isBroken(answer)) return answer;
    if (lockMs !== undefined) await delay(run.session.settings.clock, lockMs, run.signal);
    const found = await findAnswer(run, run.turn);
    if (found) {
      run.notice('recovered', 'The answer broke off, and was fetched whole.');
      return shown.complete(found);
    }
    if (lockMs !== undefined) continue;
    if (shown.text !== '' || tries++ >= mostTries) return answer;
    run.notice('resent', 'The answer broke off, and was asked for again.');
  }
}

async function askOnce(run: TurnRun, { messages, params }: Ground, shown: Shown): Promise<Answer> {
  const { client, model, instructions, request } = run.session.settings;
  const input = await prepared(run, messages);
  const isStored = params.store === true;
  return await run.calling(() =>
    ask({
      client,
      params: {
        ...request,
        ...params,
        model,
        input: input as OpenAI.Responses.ResponseInput,
        ...(instructions !== undefined && { instructions }),
      },
      signal: run.signal,
      // What the provider does not keep cannot be asked for later.
      ...(isStored && { onId: (responseId) => keepId(run, responseId) }),
      onPiece: run.onPiece && ((piece) => shown.add(piece)),
    }),
  );
}

/** It is there for a crash alone, so a store that fails just now costs no answer. Where somebody else has the record, it does. */
async function keepId(run: TurnRun, responseId: string): Promise<void> {
  try {
    await run.write({ responseId, isStored: true });
  } catch (error) {
    if (error instanceof TelltaleError) throw error;
  }
}

async function prepared(
  run: TurnRun,
  messages: readonly OutgoingMessage[],
): Promise<readonly OutgoingMessage[]> {
  const { prepare } = run.session.settings;
  if (!prepare) return messages;
  const given: unknown = await unlessAborted(Promise.resolve(prepare(messages)), run.signal);
  if (Array.isArray(given) && given.length > 0 && given.every(isMessage)) return given;
  throw invalidOption('options.prepare', 'a function that gives a list of messages', given);
}

function isMessage(value: unknown): boolean {
  const { role, content } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  return typeof role === 'string' && (typeof content === 'string' || Array.isArray(content));
}

/** What the caller has seen of the answer: it cannot be taken back. */
class Shown {
  readonly #run: TurnRun;
  text = '';

  constructor(run: TurnRun) {
    this.#run = run;
  }

  add(piece: string): void {
    this.text += piece;
    this.#run.onPiece?.(piece);
  }

  complete(answer: Answer): Answer {
    const { text } = answer;
    if (this.#run.onPiece && text.startsWith(this.text) && text.length > this.text.length)
      this.add(text.slice(this.text.length));
    return answer;
  }
}
