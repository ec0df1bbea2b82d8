import {
  checkBoolean,
  checkClock,
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  checkString,
  invalidOption,
} from '../../check.ts';
import { type Clock, longestTimerMs, systemClock } from '../../clock.ts';
import { callWith, telltale } from '../../index.ts';
import { checkRecordStore } from '../store/record-checks.ts';
import type { RecordStore } from '../store/record-store.ts';
import type { ConversationOptions, ConversationVia } from './conversation-options.ts';
import { defaultStore } from './default-store.ts';

/** The options of a conversation, checked and whole. */
export interface Settings {
  readonly client: ConversationOptions['client'];
  readonly id: string;
  readonly model: string;
  readonly store: RecordStore;
  readonly via: ConversationVia;
  readonly instructions: string | undefined;
  readonly keep: { readonly turns: number; readonly tokens: number; readonly leave: number };
  /** Undefined where what falls out is only left out. */
  readonly summarise: { readonly model: string; readonly maxOutputTokens: number } | undefined;
  readonly prepare: ConversationOptions['prepare'];
  readonly request: Readonly<Record<string, unknown>>;
  readonly countTokens: (text: string) => number;
  readonly user: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly waitMs: number;
  readonly retentionMs: number | undefined;
  readonly mustExist: boolean;
  readonly clock: Clock;
}

const known: readonly string[] = [
  ...['client', 'id', 'model', 'store', 'via', 'instructions', 'keep', 'summarise', 'prepare', 'request'],
  ...['countTokens', 'user', 'tags', 'waitMs', 'retentionMs', 'mustExist', 'clock'],
];

/** What the conversation itself says in its requests. */
const ownFields: readonly string[] = [
  ...['model', 'input', 'instructions', 'stream', 'store', 'conversation', 'previous_response_id'],
  ...['background', 'tools'],
];

/** @throws TelltaleError `invalid_option` */
export function readSettings(given: unknown): Settings {
  const options = checkObject('options', given, known) as unknown as ConversationOptions;
  const { client, prepare, clock = systemClock } = options;
  const model = checkString('options.model', options.model);
  if (prepare !== undefined) checkFunction('options.prepare', prepare);
  if (options.countTokens !== undefined) checkFunction('options.countTokens', options.countTokens);
  if (options.instructions !== undefined) checkString('options.instructions', options.instructions);
  if (options.mustExist !== undefined) checkBoolean('options.mustExist', options.mustExist);
  checkClock('options.clock', clock);
  // Say what is wrong with a client that nobody observes, and with what every call is made with.
  telltale(client);
  const { user, tags } = options;
  callWith({ ...(user !== undefined && { user }), ...(tags !== undefined && { tags }) }, () => undefined);
  return {
    client,
    id: checkConversationId('options.id', options.id),
    model,
    store:
      options.store === undefined ? defaultStore(clock) : checkRecordStore('options.store', options.store),
    via:
      options.via === undefined
        ? prepare
          ? 'history'
          : 'conversations'
        : checkOneOf('options.via', options.via, ['conversations', 'previous-response', 'history']),
    instructions: options.instructions,
    keep: readKeep(options.keep),
    summarise: readSummarise(options.summarise, model),
    prepare,
    request: readRequest(options.request),
    countTokens: options.countTokens ? counted(options.countTokens) : tokensOfText,
    user,
    tags,
    waitMs: readMs('options.waitMs', options.waitMs, 0) ?? 300_000,
    retentionMs: readRetentionMs('options.retentionMs', options.retentionMs),
    mustExist: options.mustExist ?? false,
    clock,
  };
}

/** Room is left for the name of the pattern before it. */
export function checkConversationId(path: string, given: unknown): string {
  if (checkString(path, given).length > 200)
    throw invalidOption(path, 'a text of 1 to 200 characters', given);
  return given as string;
}

/** @throws TelltaleError `invalid_option` */
export function readRetentionMs(path: string, given: unknown): number | undefined {
  return given === undefined ? undefined : checkNumber(path, given, { min: 1, integer: true });
}

function readMs(path: string, given: unknown, min: number): number | undefined {
  return given === undefined ? undefined : checkNumber(path, given, { min, max: longestTimerMs });
}

function readKeep(given: unknown): Settings['keep'] {
  const { turns, tokens, leave } =
    given === undefined ? {} : checkObject('options.keep', given, ['turns', 'tokens', 'leave']);
  const most = (name: string, value: unknown): number =>
    value === undefined
      ? Number.POSITIVE_INFINITY
      : checkNumber(`options.keep.${name}`, value, { min: 1, integer: true });
  return {
    turns: most('turns', turns),
    tokens: most('tokens', tokens),
    leave: leave === undefined ? 0.5 : checkNumber('options.keep.leave', leave, { min: 0, max: 1 }),
  };
}

function readSummarise(given: unknown = true, model: string): Settings['summarise'] {
  if (given === false) return undefined;
  if (given === true) return { model, maxOutputTokens: 2_000 };
  const named = checkObject('options.summarise', given, ['model', 'maxOutputTokens']);
  return {
    model: named['model'] === undefined ? model : checkString('options.summarise.model', named['model']),
    maxOutputTokens:
      named['maxOutputTokens'] === undefined
        ? 2_000
        : checkNumber('options.summarise.maxOutputTokens', named['maxOutputTokens'], {
            min: 16,
            integer: true,
          }),
  };
}

function readRequest(given: unknown): Readonly<Record<string, unknown>> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalidOption('options.request', 'an object', given);
  const own = Object.keys(given).find((name) => ownFields.includes(name));
  if (own !== undefined)
    throw invalidOption('options.request', `without \`${own}\`, which a conversation says itself`, given);
  return { ...given };
}

/** A sum with what is no number in it would let all of a conversation fall out. */
function counted(countTokens: (text: string) => unknown): (text: string) => number {
  return (text) => {
    const tokens = countTokens(text);
    if (typeof tokens === 'number' && tokens >= 0 && Number.isFinite(tokens)) return tokens;
    throw invalidOption('options.countTokens', 'a function that gives a number of tokens', tokens);
  };
}

/** As far as one can tell without the model's own tokenizer; in bytes, because a letter that is no Latin one takes more. */
function tokensOfText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 4);
}
