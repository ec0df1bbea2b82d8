import { checkObject, invalidOption } from '../../check.ts';
import { TelltaleError } from '../../errors.ts';
import { copyJson } from '../../json.ts';
import type { ConversationOptions } from './conversation-options.ts';
import type { ConversationRecord } from './conversation-record.ts';
import { exportRecord } from './export.ts';
import { type Forgotten, forgetConversation, isExpired } from './forget.ts';
import type { ConversationMessage, UserContent } from './message.ts';
import type {
  ConversationReply,
  ConversationStream,
  ConversationSummary,
  ConversationTotals,
  SendOptions,
} from './reply.ts';
import { Session } from './session.ts';
import { readSettings } from './settings.ts';
import { resumeTurn, takeTurn } from './turn.ts';
import { TurnStream } from './turn-stream.ts';
import { messagesIn, summaryIn, totalsIn } from './views.ts';

/** A conversation with a model, which outlives the process where its store does. */
export interface Conversation {
  readonly id: string;
  /**
   * Takes a turn. One turn of a conversation is taken after another, also where several processes take them.
   *
   * @throws the reason of `signal`; TelltaleError `record_*`; what the client throws, where the turn failed
   */
  send(content: UserContent, options?: SendOptions): Promise<ConversationReply>;
  /** Takes a turn, and gives the answer piece by piece. Leaving the loop stops it. */
  stream(content: UserContent, options?: SendOptions): ConversationStream;
  /** All that was said, as this process has seen it last. */
  messages(): readonly ConversationMessage[];
  totals(): ConversationTotals;
  /** Undefined as long as nothing had to be summarised. */
  summary(): ConversationSummary | undefined;
  /** The whole conversation, as JSON or to be read by people. */
  export(as: 'json' | 'markdown'): string;
  /**
   * What the user said in a turn that was interrupted, or that another process is taking just now; undefined where there is
   * none. `resume` waits for that process.
   */
  pending(): ConversationMessage | undefined;
  /**
   * Settles a turn that was interrupted: its answer is fetched where the provider has it, and else it is sent again. `send`
   * and `stream` do so too, before their own turn.
   *
   * @returns what came of it; undefined where there is none
   * @throws as `send`
   */
  resume(options?: SendOptions): Promise<ConversationReply | undefined>;
  /** Reads again what other processes may have said meanwhile. */
  refresh(): Promise<void>;
  /** Deletes it here and, as far as that can be done, at the provider. What is said later begins it anew. */
  forget(): Promise<Forgotten>;
}

/**
 * Opens a conversation, or begins it.
 *
 * @throws TelltaleError `invalid_option`; `record_unknown` with `mustExist`; `record_damaged`, `record_newer`
 *
 * @example
 * ```ts
 * const chat = await conversation({ client: openai, id: 'u-42', model: 'gpt-5-mini' });
 * const { text, costUsd } = await chat.send('Hello');
 * ```
 */
export async function conversation(options: ConversationOptions): Promise<Conversation> {
  const settings = readSettings(options);
  const session = new Session(settings);
  const { id, client, clock } = settings;
  await session.read();
  if (session.latest && isExpired(session.latest, clock.epochMs(), settings.retentionMs)) {
    const onlyIf = (record: ConversationRecord): boolean =>
      isExpired(record, clock.epochMs(), settings.retentionMs);
    await forgetConversation({ records: session.records, id, client, onlyIf });
    await session.read();
  }
  if (settings.mustExist && !session.latest)
    throw new TelltaleError('record_unknown', `There is no conversation \`${id}\` in the store.`);
  return {
    id,
    send: async (content, given) => {
      const { signal } = readSendOptions(given);
      const reply = await takeTurn(session, checkContent(content), { signal });
      if (reply.outcome === 'cut') signal?.throwIfAborted();
      return reply;
    },
    stream: (content, given) => {
      const checked = checkContent(content);
      return new TurnStream(readSendOptions(given).signal, (turn) => takeTurn(session, checked, turn));
    },
    resume: async (given) => {
      const { signal } = readSendOptions(given);
      const reply = await resumeTurn(session, { signal });
      if (reply?.outcome === 'cut') signal?.throwIfAborted();
      return reply;
    },
    pending: () => {
      const last = messagesIn(session.latest).at(-1);
      return last?.state === 'pending' ? last : undefined;
    },
    refresh: async () => await session.read(),
    forget: async () => {
      const told = await forgetConversation({ records: session.records, id, client });
      session.latest = undefined;
      return told;
    },
    messages: () => messagesIn(session.latest),
    totals: () => totalsIn(session.latest),
    summary: () => summaryIn(session.latest),
    export: (as) => exportRecord(id, session.latest, as),
  };
}

function readSendOptions(given: unknown = {}): SendOptions {
  const { signal } = checkObject('options', given, ['signal']);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalidOption('options.signal', 'an AbortSignal', signal);
  return { signal };
}

function checkContent(given: unknown): UserContent {
  if (typeof given === 'string' && given.trim() !== '') return given;
  if (!Array.isArray(given) || given.length === 0)
    throw invalidOption('content', 'a text that is not empty, or a list of parts', given);
  for (const [at, part] of given.entries()) {
    const type: unknown = (part as { type?: unknown } | null)?.type;
    if (typeof type !== 'string' || !type.startsWith('input_'))
      throw invalidOption(`content[${at}]`, "a part such as `{ type: 'input_text', text }`", part);
  }
  // What the application does with its list later is not said here.
  return copyJson(given) as UserContent;
}
