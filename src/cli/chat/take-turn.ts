import { systemClock } from '../../clock.ts';
import { inSpan } from '../../index.ts';
import type { ConversationReply, ConversationStream } from '../../patterns/index.ts';
import { countText, usdText } from '../shared/figures-text.ts';
import { failureSentence } from '../shared/provider-sentence.ts';
import { plain, type Terminal } from '../shared/terminal.ts';
import type { ChatRoom } from './chat-room.ts';
import { sayWaiting } from './waiting.ts';

/** How a turn went. */
export type TurnEnd = 'answered' | 'stopped' | 'failed';

export interface Shown {
  readonly terminal: Terminal;
  /** Lines for people, on the error stream; dimmed where there is colour. */
  readonly note: (sentence: string) => void;
  /** One line of JSON a turn, in place of the text. */
  readonly json: boolean;
}

/**
 * Says something in the session that is open, and shows the answer as it comes. What fails is shown as a sentence; a bug is
 * thrown.
 */
export async function takeTurn(
  room: ChatRoom,
  message: string,
  shown: Shown,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const turn = (room.chat.messages().at(-1)?.turn ?? 0) + 1;
  return await showTurn(room, turn, () => room.chat.stream(message, { signal }), shown, signal);
}

/** Settles the turn that a crash interrupted, if there is one. */
export async function settlePending(room: ChatRoom, shown: Shown, signal: AbortSignal): Promise<TurnEnd> {
  const pending = room.chat.pending();
  if (!pending) return 'answered';
  shown.note(
    `The last message got no answer before the end: “${plain(pending.text).slice(0, 200)}”. It is settled now.`,
  );
  const stream: ConversationStream = {
    // What is fetched comes in one piece, with the reply.
    async *[Symbol.asyncIterator]() {},
    reply: async () => {
      const reply = await room.chat.resume({ signal });
      if (!reply) throw new Error('The pending turn is gone.');
      return reply;
    },
  };
  return await showTurn(room, pending.turn, () => stream, shown, signal);
}

/** In a span of its own, so that a turn that fails before it is written has a trace too. */
async function showTurn(
  room: ChatRoom,
  turn: number,
  begin: () => ConversationStream,
  shown: Shown,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const attributes = { 'gen_ai.conversation.id': room.chat.id };
  return await inSpan('chat interaction', { attributes }, async (span) => {
    const end = await showStream(room, { turn, traceId: span.traceId }, begin(), shown, signal);
    span.setAttributes({ 'telltale.chat.end': end });
    return end;
  });
}

/** The turn that is taken, and where it is looked up if it comes to nothing. */
interface Interaction {
  readonly turn: number;
  readonly traceId: string | undefined;
}

async function showStream(
  room: ChatRoom,
  interaction: Interaction,
  stream: ConversationStream,
  shown: Shown,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const startedMs = systemClock.nowMs();
  const { out } = shown.terminal;
  const endWaiting = sayWaiting(shown.terminal, systemClock);
  let written = '';
  const durationMs = (): number => Math.round(systemClock.nowMs() - startedMs);
  const write = (text: string): void => {
    endWaiting();
    if (shown.json) return;
    out.write(plain(text));
    written += text;
  };
  const endLine = (): void => {
    endWaiting();
    if (written !== '' && !written.endsWith('\n')) out.write('\n');
  };
  try {
    try {
      for await (const piece of stream) write(piece);
    } catch (error) {
      // A turn that was stopped has a reply too.
      if (!signal.aborted) throw error;
    }
    const reply = await stream.reply();
    if (written === '') write(reply.text);
    endLine();
    keep(room, reply, durationMs());
    if (shown.json) out.write(`${jsonOf(room.chat.id, reply, durationMs())}\n`);
    for (const notice of noticesOf(reply)) shown.note(plain(notice));
    if (!shown.json) shown.note(figuresOf(reply, durationMs()));
    return reply.outcome === 'cut' ? 'stopped' : 'answered';
  } catch (error) {
    endLine();
    const isStopped = signal.aborted;
    keepFailure(room, interaction, isStopped ? 'cut' : 'failed', durationMs());
    if (isStopped) {
      shown.note('Stopped. What came so far is kept.');
      return 'stopped';
    }
    const sentence = failureSentence(error, room.model);
    if (sentence === undefined) throw error;
    shown.note(sentence);
    if (interaction.traceId !== undefined) shown.note(`trace ${interaction.traceId}`);
    return 'failed';
  }
}

function noticesOf(reply: ConversationReply): readonly string[] {
  const { outcome, incompleteReason, notices, resumed } = reply;
  const why = incompleteReason === undefined ? '' : ` (${incompleteReason})`;
  const said = {
    ok: [],
    empty: [`The answer is empty and was billed: the model spent all it may answer on reasoning${why}.`],
    truncated: [`The answer is not whole${why}.`],
    refused: ['The model declined to answer.'],
    cut: ['Stopped. What came so far is kept.'],
  }[outcome];
  const before =
    resumed && resumed.text !== '' ? [`The message before was answered first: ${resumed.text}`] : [];
  return [...before, ...said, ...notices.map(({ message }) => message)];
}

function figuresOf({ usage, costUsd, traceId }: ConversationReply, durationMs: number): string {
  const { inputTokens, outputTokens, source } = usage;
  const about = source === 'estimated' ? 'about ' : '';
  const tokens =
    inputTokens === undefined && outputTokens === undefined
      ? 'tokens unknown'
      : `${about}${countText(inputTokens ?? 0)} tokens in, ${countText(outputTokens ?? 0)} out`;
  const trace = traceId === undefined ? '' : `, trace ${traceId}`;
  return `${tokens}, cost ${usdText(costUsd)}, ${(durationMs / 1_000).toFixed(1)} s${trace}`;
}

function jsonOf(session: string, reply: ConversationReply, durationMs: number): string {
  const { turn, text, outcome, incompleteReason, model, responseId, usage, costUsd, traceId, notices } =
    reply;
  return JSON.stringify({
    session,
    turn,
    text,
    outcome,
    incompleteReason: incompleteReason ?? null,
    model: model ?? null,
    responseId: responseId ?? null,
    usage,
    costUsd: costUsd ?? null,
    traceId: traceId ?? null,
    durationMs,
    notices,
  });
}

function keep(room: ChatRoom, reply: ConversationReply, durationMs: number): void {
  if (reply.resumed) keep(room, reply.resumed, 0);
  room.log.write({
    session: room.chat.id,
    turn: reply.turn,
    traceId: reply.traceId ?? null,
    responseId: reply.responseId ?? null,
    model: reply.model ?? room.model,
    outcome: reply.outcome,
    inputTokens: reply.usage.inputTokens ?? null,
    outputTokens: reply.usage.outputTokens ?? null,
    costUsd: reply.costUsd ?? null,
    durationMs,
  });
}

function keepFailure(
  room: ChatRoom,
  { turn, traceId }: Interaction,
  outcome: string,
  durationMs: number,
): void {
  const asked = room.chat.messages().find((message) => message.turn === turn);
  room.log.write({
    session: room.chat.id,
    turn: asked?.turn ?? null,
    // A message that an earlier run sent names the trace of that run, in which nothing of this failure is.
    traceId: traceId ?? asked?.traceId ?? null,
    responseId: null,
    model: room.model,
    outcome,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
    durationMs,
  });
}
