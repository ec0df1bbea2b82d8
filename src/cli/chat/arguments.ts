import { UsageError } from '../../../loadtest/usage-error.ts';
import type { ConversationVia, KeepOptions } from '../../patterns/index.ts';
import { type CommonOptions, commonHelp, parseCommand } from '../shared/common-options.ts';
import { wholeNumber } from './whole-number.ts';

export const chatHelp = `telltale chat [SESSION] [options]: a chatbot in the terminal, whose sessions resume

SESSION is any name. One that is there already goes on where it was left, be it by a crash; without a name a new one begins.

  --last               go on with the session that was used last
  --message TEXT       say this, print the answer and end; may stand several times. Without a terminal, what comes by
                       standard input is the one message
  --via WAY            how the model learns what was said before: conversations (the provider keeps it; default),
                       previous-response, or history (each request carries all of it)
  --instructions TEXT  how the model is to be
  --keep-turns N       the most turns that the model is shown (default: all)
  --keep-tokens N      the most tokens of turns that the model is shown (default: all)
  --no-summary         what falls out of these is dropped, and not summarised
  --retention DAYS     delete sessions that were not used for so long, here and at the provider
  --sessions           list the sessions and end
  --cost               say what SESSION cost and end
  --export FORM        print SESSION as markdown or json and end
  --forget             delete SESSION, here and at the provider, and end
${commonHelp}

In the terminal: /help, /summary, /sessions, /cost, /export, /forget, /switch, /new, /model, /exit. Ctrl-C stops an answer;
what came of it is kept. A line that ends with \\ goes on in the next one.

Sessions are kept in FOLDER/conversations, readable by you alone. FOLDER/chat.log has a line for each turn, with its outcome,
tokens, cost and trace id, and nothing of what was said. Trace ids exist where OTEL_EXPORTER_OTLP_ENDPOINT says where traces go.

Exit code: 0, 1 where an answer failed or a session cannot be read, 2 for a wrong option, 130 where Ctrl-C ended --message.
`;

export interface ChatArguments {
  readonly common: CommonOptions;
  readonly name: string | undefined;
  readonly last: boolean;
  readonly messages: readonly string[];
  readonly via: ConversationVia | undefined;
  readonly instructions: string | undefined;
  readonly keep: KeepOptions;
  readonly summarise: boolean;
  readonly retentionMs: number | undefined;
  /** What is done in place of talking. */
  readonly instead: 'sessions' | 'cost' | 'export' | 'forget' | undefined;
  readonly exportAs: ExportForm;
}

export type ExportForm = 'markdown' | 'json';

const flags = {
  last: { type: 'boolean' },
  message: { type: 'string', multiple: true },
  via: { type: 'string' },
  instructions: { type: 'string' },
  'keep-turns': { type: 'string' },
  'keep-tokens': { type: 'string' },
  'no-summary': { type: 'boolean' },
  retention: { type: 'string' },
  sessions: { type: 'boolean' },
  cost: { type: 'boolean' },
  export: { type: 'string' },
  forget: { type: 'boolean' },
} as const;

const dayMs = 24 * 60 * 60_000;

/**
 * @returns undefined where help was asked for
 * @throws UsageError; what `parseArgs` throws
 */
export function readChatArguments(args: readonly string[]): ChatArguments | undefined {
  const parsed = parseCommand(args, flags);
  if (!parsed) return undefined;
  const { common, own, files } = parsed;
  const [name, ...more] = files;
  if (more.length > 0)
    throw new UsageError(
      `There can be one SESSION, and \`${more[0]}\` is a second. A message goes after --message.`,
    );
  if (name !== undefined && own.last)
    throw new UsageError(`\`--last\` is a session already, so \`${name}\` has no meaning beside it.`);
  const instead = insteadOf(own);
  if (instead !== undefined && own.message)
    throw new UsageError(
      `\`--${instead}\` says nothing to the model, so \`--message\` has no meaning beside it.`,
    );
  if (instead !== undefined && instead !== 'sessions' && name === undefined && !own.last)
    throw new UsageError(`\`--${instead}\` needs a SESSION, or --last.`);
  for (const message of own.message ?? [])
    if (message.trim() === '') throw new UsageError('`--message` is empty.');
  const days = own.retention === undefined ? undefined : wholeNumber('--retention', own.retention, 36_500);
  const turns = own['keep-turns'] === undefined ? undefined : wholeNumber('--keep-turns', own['keep-turns']);
  const tokens =
    own['keep-tokens'] === undefined ? undefined : wholeNumber('--keep-tokens', own['keep-tokens']);
  return {
    common,
    name,
    last: own.last === true,
    messages: own.message ?? [],
    via: own.via === undefined ? undefined : oneOf('--via', own.via, ways),
    instructions: own.instructions,
    keep: { ...(turns !== undefined && { turns }), ...(tokens !== undefined && { tokens }) },
    summarise: own['no-summary'] !== true,
    retentionMs: days === undefined ? undefined : days * dayMs,
    instead,
    exportAs: own.export === undefined ? 'markdown' : oneOf('--export', own.export, ['markdown', 'json']),
  };
}

const ways = ['conversations', 'previous-response', 'history'] as const;

function insteadOf(own: {
  readonly sessions: boolean | undefined;
  readonly cost: boolean | undefined;
  readonly export: string | undefined;
  readonly forget: boolean | undefined;
}): ChatArguments['instead'] {
  const asked = (['sessions', 'cost', 'export', 'forget'] as const).filter((name) => own[name] !== undefined);
  if (asked.length > 1) throw new UsageError(`\`--${asked[0]}\` and \`--${asked[1]}\` cannot both be done.`);
  return asked[0];
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new UsageError(`Expected \`${name}\` to be ${allowed.join(' or ')}, got \`${value}\`.`);
}
