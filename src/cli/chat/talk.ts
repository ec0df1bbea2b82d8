import { TelltaleError } from '../../errors.ts';
import { plain } from '../shared/terminal.ts';
import { told } from '../told.ts';
import type { ChatRoom } from './chat-room.ts';
import { LineInput } from './line-input.ts';
import { runSlash } from './slash.ts';
import { type Shown, settlePending, type TurnEnd, takeTurn } from './take-turn.ts';

/** Talks with somebody at a terminal until they leave. */
export async function talk(room: ChatRoom, shown: Shown): Promise<number> {
  const { terminal } = shown;
  const say = (line: string): void => void terminal.err.write(`${line}\n`);
  const input = new LineInput(terminal);
  const dimmed = terminal.hasColour ? `\u001b[1m${'you › '}\u001b[0m` : 'you › ';

  /** Whatever runs until it ends or Ctrl-C stops it. */
  const stoppable = async (work: (signal: AbortSignal) => Promise<TurnEnd>): Promise<TurnEnd> => {
    const stop = new AbortController();
    input.onInterrupt = () => stop.abort();
    try {
      return await work(stop.signal);
    } finally {
      input.onInterrupt = undefined;
    }
  };
  const arrive = async (): Promise<void> => {
    const { id } = room.chat;
    const messages = room.chat.messages();
    const turns = messages.at(-1)?.turn ?? 0;
    say(
      turns === 0
        ? `A new session, \`${plain(id)}\`, with ${plain(room.model)}. /help says what there is; Ctrl-D leaves.`
        : `Session \`${plain(id)}\`, ${turns} ${turns === 1 ? 'turn' : 'turns'} so far, with ${plain(room.model)}. It ended with:`,
    );
    for (const { role, text } of messages.slice(-2))
      say(`  ${role === 'user' ? 'you' : room.model} › ${brief(text)}`);
    await stoppable((signal) => settlePending(room, shown, signal));
  };
  const desk = {
    room,
    columns: terminal.columns,
    say,
    confirm: (question: string) => input.confirm(question),
    goTo: async (name: string) => {
      await room.open(name);
      await arrive();
    },
  };

  let exitCode = 0;
  const ended = (_name: string, number: number): void => {
    exitCode = 128 + number;
    input.leave();
  };
  process.once('SIGTERM', ended);
  process.once('SIGHUP', ended);
  try {
    await arrive();
    for (let hasInterrupted = false; ; ) {
      const typed = await input.ask(dimmed);
      if (typed.kind === 'end') break;
      if (typed.kind === 'interrupt') {
        if (hasInterrupted) break;
        hasInterrupted = true;
        say('Ctrl-C once more, or /exit, leaves.');
        continue;
      }
      hasInterrupted = false;
      const text = typed.text.trim();
      if (text === '') continue;
      if (!text.startsWith('/')) await stoppable((signal) => takeTurn(room, text, shown, signal));
      else if ((await sayFailure(() => runSlash(desk, text), say)) === 'leave') break;
    }
  } finally {
    process.off('SIGTERM', ended);
    process.off('SIGHUP', ended);
    input.close();
  }
  say(`Come back with: telltale chat ${quoted(room.chat.id)}`);
  return exitCode;
}

function brief(text: string): string {
  const line = plain(text).replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function quoted(name: string): string {
  return /^[\p{L}\p{N}._-]+$/u.test(name) ? name : `'${plain(name).replaceAll("'", "'\\''")}'`;
}

/** What a command cannot do is said, and the conversation goes on. */
async function sayFailure<T>(work: () => Promise<T>, say: (line: string) => void): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const sentence = error instanceof TelltaleError ? error : told(error);
    if (!sentence) throw error;
    say(plain(sentence.message));
    return undefined;
  }
}
