import { writeFileSync } from 'node:fs';
import { UsageError } from '../../../loadtest/usage-error.ts';
import { plain } from '../shared/terminal.ts';
import type { ChatRoom } from './chat-room.ts';
import { costLines, sessionLines } from './show.ts';

/** What a command that begins with a slash works with. */
export interface SlashDesk {
  readonly room: ChatRoom;
  readonly columns: number;
  /** For people. */
  readonly say: (line: string) => void;
  readonly confirm: (question: string) => Promise<boolean>;
  /** Goes on in another session. */
  readonly goTo: (name: string) => Promise<void>;
}

interface SlashCommand {
  readonly takes: string;
  readonly says: string;
  /** Gives `leave` where the conversation is to end. */
  readonly run: (desk: SlashDesk, rest: string) => Promise<'leave' | undefined>;
}

export const slashCommands: Readonly<Record<string, SlashCommand>> = {
  help: {
    takes: '',
    says: 'this',
    run: async ({ say }) => {
      for (const [name, { takes, says }] of Object.entries(slashCommands))
        say(`  ${`/${name} ${takes}`.trimEnd().padEnd(32)}${says}`);
      say('  Ctrl-C stops an answer. A line that ends with \\ goes on in the next one.');
      return undefined;
    },
  },
  summary: {
    takes: '',
    says: 'what the model is told of what it is no longer shown',
    run: async ({ room, say }) => {
      const summary = room.chat.summary();
      if (summary) say(`Turns 1 to ${summary.turns}: ${plain(summary.text)}`);
      else say('Nothing was summarised yet: the model is shown all that was said.');
      return undefined;
    },
  },
  sessions: {
    takes: '',
    says: 'the sessions, the one that was used last first',
    run: async ({ room, columns, say }) => {
      for (const line of sessionLines(await room.all.list(), columns, room.chat.id)) say(line);
      return undefined;
    },
  },
  cost: {
    takes: '',
    says: 'what this session used and cost',
    run: async ({ room, say }) => {
      for (const line of costLines(room.chat.totals())) say(line);
      return undefined;
    },
  },
  export: {
    takes: '[markdown|json] [FILE]',
    says: 'writes all of it to a file',
    run: async ({ room, say }, rest) => {
      const { form, file } = exportTarget(rest, room.chat.id);
      try {
        writeFileSync(file, room.chat.export(form), { flag: 'wx', mode: 0o600 });
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        const why = code === 'EEXIST' ? 'it is there already' : (code ?? String(error));
        throw new UsageError(`\`${file}\` cannot be written: ${why}. Name another: /export ${form} FILE.`);
      }
      say(`Written to ${plain(file)}.`);
      return undefined;
    },
  },
  forget: {
    takes: '',
    says: 'deletes this session, here and at the provider',
    run: async ({ room, say, confirm }) => {
      if (!(await confirm(`Delete the session ${plain(room.chat.id)}, here and at the provider?`))) {
        say('Nothing was deleted.');
        return undefined;
      }
      say(forgottenSentence(await room.chat.forget()));
      return undefined;
    },
  },
  switch: {
    takes: 'NAME',
    says: 'goes on in another session, or begins it',
    run: async ({ goTo }, rest) => {
      if (rest === '') throw new UsageError('Which one? /switch NAME; /sessions lists them.');
      await goTo(rest);
      return undefined;
    },
  },
  new: {
    takes: '[NAME]',
    says: 'begins a new session',
    run: async ({ room, goTo }, rest) => {
      if (rest !== '' && (await room.all.exists(rest)))
        throw new UsageError(`There is a session \`${rest}\` already: /switch ${rest} goes on in it.`);
      await goTo(rest === '' ? await room.newName() : rest);
      return undefined;
    },
  },
  model: {
    takes: 'NAME',
    says: 'has another model answer from now on',
    run: async ({ room, say }, rest) => {
      if (rest !== '') await room.useModel(rest);
      say(`${plain(room.model)} answers.`);
      return undefined;
    },
  },
  exit: { takes: '', says: 'ends this; so does Ctrl-D', run: async () => 'leave' },
};

/** @throws UsageError for an unknown one; whatever it throws */
export async function runSlash(desk: SlashDesk, line: string): Promise<'leave' | undefined> {
  const [, name = '', rest = ''] = /^\/(\S*)\s*([\s\S]*)$/.exec(line) ?? [];
  const command = Object.hasOwn(slashCommands, name) ? slashCommands[name] : undefined;
  if (!command && name === 'quit') return 'leave';
  if (!command) throw new UsageError(`Unknown command \`/${name}\`. /help lists them.`);
  return await command.run(desk, rest.trim());
}

export function forgottenSentence({
  wasKept,
  provider,
  error,
}: {
  readonly wasKept: boolean;
  readonly provider: string;
  readonly error?: string;
}): string {
  if (!wasKept) return 'There was nothing to delete.';
  if (provider !== 'left') return 'Deleted, here and at the provider.';
  return `Deleted here. The provider may still keep it${error === undefined ? '' : ` (${plain(error)})`}.`;
}

function exportTarget(
  rest: string,
  id: string,
): { readonly form: 'markdown' | 'json'; readonly file: string } {
  const [, form = '', file = ''] = /^(markdown|json)?\s*([\s\S]*)$/.exec(rest) ?? [];
  const asForm = form === 'json' || (form === '' && file.endsWith('.json')) ? 'json' : 'markdown';
  const name = id.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'session';
  return { form: asForm, file: file === '' ? `${name}.${asForm === 'json' ? 'json' : 'md'}` : file };
}
