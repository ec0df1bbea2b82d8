import { RunFailure } from '../../../loadtest/run-failure.ts';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { openSession } from '../shared/session.ts';
import { plain, type Terminal } from '../shared/terminal.ts';
import { type ChatArguments, chatHelp, readChatArguments } from './arguments.ts';
import { ChatRoom } from './chat-room.ts';
import { readAll } from './read-all.ts';
import { costLines, sessionLines } from './show.ts';
import { forgottenSentence } from './slash.ts';
import { type Shown, settlePending, takeTurn } from './take-turn.ts';
import { talk } from './talk.ts';

/** A chatbot in the terminal, whose sessions resume. */
export async function chat(args: readonly string[]): Promise<number> {
  const given = readChatArguments(args);
  if (!given) {
    process.stdout.write(chatHelp);
    return 0;
  }
  const session = await openSession(given.common);
  try {
    const { terminal } = session;
    const shown: Shown = { terminal, note: noteOn(terminal), json: given.common.json };
    const room = new ChatRoom(session, given, shown.note);
    if (given.retentionMs !== undefined) await prune(room, given.retentionMs, shown);
    if (given.instead === 'sessions') return await listSessions(room, shown);
    const name = await nameOf(room, given);
    if (given.instead === 'forget') return await forget(room, name, shown);
    await room.open(name, { mustExist: given.instead !== undefined });
    if (given.instead !== undefined) return await doInstead(room, given, shown);
    const isTalk = given.messages.length === 0 && terminal.mayAsk && !given.common.json;
    return isTalk ? await talk(room, shown) : await sayAll(room, given, shown);
  } finally {
    await session.close();
  }
}

async function nameOf(room: ChatRoom, { name, last }: ChatArguments): Promise<string> {
  if (name !== undefined) return name;
  if (!last) return await room.newName();
  const found = await room.lastName();
  if (found !== undefined) return found;
  throw new RunFailure('There is no session to go on with yet. Begin one: telltale chat');
}

/** Says the messages one after another; the first that gets no answer ends it. */
async function sayAll(room: ChatRoom, given: ChatArguments, shown: Shown): Promise<number> {
  if (given.messages.length === 0 && (shown.terminal.input as { isTTY?: boolean }).isTTY)
    throw new UsageError('There is nobody to talk to here: give --message, or a message by standard input.');
  const messages =
    given.messages.length > 0 ? given.messages : [(await readAll(shown.terminal.input)).trim()];
  if (messages.every((message) => message.trim() === ''))
    throw new UsageError('There is nothing to say: give --message, or a message by standard input.');
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    let end = await settlePending(room, shown, stop.signal);
    for (const message of messages) {
      if (end === 'answered') end = await takeTurn(room, message, shown, stop.signal);
    }
    if (end === 'stopped') return 130;
    return end === 'failed' ? 1 : 0;
  } finally {
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  }
}

async function listSessions(room: ChatRoom, { terminal, json }: Shown): Promise<number> {
  const all = await room.all.list();
  if (json) terminal.out.write(`${JSON.stringify(all)}\n`);
  else for (const line of sessionLines(all, terminal.columns)) terminal.out.write(`${line}\n`);
  return 0;
}

async function doInstead(room: ChatRoom, given: ChatArguments, { terminal, json }: Shown): Promise<number> {
  const { chat } = room;
  const { out } = terminal;
  if (given.instead === 'export') out.write(chat.export(given.exportAs));
  if (given.instead === 'cost') {
    if (json) out.write(`${JSON.stringify({ session: chat.id, ...chat.totals() })}\n`);
    else for (const line of costLines(chat.totals())) out.write(`${line}\n`);
  }
  return 0;
}

/** One that cannot be read can be forgotten too. */
async function forget(room: ChatRoom, name: string, { terminal, json }: Shown): Promise<number> {
  if (!(await room.all.exists(name))) throw new RunFailure(`There is no session \`${plain(name)}\`.`);
  const forgotten = await room.all.forget(name);
  const told = json ? JSON.stringify({ session: name, ...forgotten }) : forgottenSentence(forgotten);
  terminal.out.write(`${told}\n`);
  return 0;
}

async function prune(room: ChatRoom, retentionMs: number, shown: Shown): Promise<void> {
  for (const { id } of await room.all.prune({ retentionMs }))
    shown.note(`Deleted \`${plain(id)}\`: it was not used for too long.`);
}

function noteOn({ err, hasColour }: Terminal): (sentence: string) => void {
  return (sentence) => void err.write(hasColour ? `\u001b[2m${sentence}\u001b[0m\n` : `${sentence}\n`);
}
