import type OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat/completions';
import type { Response, ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses';
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
import type { Finding } from './answer.ts';
import { type CheckedPolicy, checkPolicy, type ModerationPolicy } from './policy.ts';

/** A request of the Responses API or of chat completions that does not stream. */
export type GuardedRequest = ResponseCreateParamsNonStreaming | ChatCompletionCreateParamsNonStreaming;
export type GuardedBody = Response | ChatCompletion;

/** A field that is undefined is not sent, so it says nothing of the request. */
export function isChat(request: GuardedRequest): request is ChatCompletionCreateParamsNonStreaming {
  return 'messages' in request && request.messages !== undefined;
}

/** When moderation happens. */
export type ModerationMode =
  /** The input is moderated, then the answer is generated, then the output is moderated. */
  | 'blocking'
  /** As `blocking`, but the answer is generated while the input is moderated, and stopped where that is refused. */
  | 'parallel'
  /** The answer is given at once. What moderation finds is told afterwards, and nothing is refused. */
  | 'after';

/** What is looked at before anything is sent. */
export interface InputOptions {
  /** The most that the input may say, in UTF-16 units, as a string's `length`. At least 1. @default 200_000 */
  readonly maxCharacters?: number;
  /** The most that `input` or `messages` may be as JSON, in bytes: images in it count. At least 1. @default 50_000_000 */
  readonly maxBytes?: number;
  /**
   * Is given a copy of `input`, or of `messages`, as JSON says it. Whatever it throws, or `false`, refuses the request with `input_refused`; a promise is
   * waited for.
   */
  readonly check?: (input: unknown) => unknown;
}

/** When a request and its answer are moderated, and what is done about what is found. */
export interface GuardOptions {
  /** @default 'blocking' */
  readonly mode?: ModerationMode;
  /** The model that moderates. @default 'omni-moderation-latest' */
  readonly model?: string;
  /** What is done about what is found. @default everything that the provider flags is refused */
  readonly policy?: ModerationPolicy;
  /**
   * What becomes of a request that cannot be moderated: `closed` refuses it with `moderation_unavailable`, `open` lets it
   * through. So it is too for what moderation cannot read: sounds, files, images that only the provider has.
   * @default 'closed'; in mode `after`, which can refuse nothing, 'open'
   */
  readonly onFailure?: 'closed' | 'open';
  /** What is refused before anybody is asked about it. @default what is larger than its own defaults */
  readonly input?: InputOptions;
  /** @default true */
  readonly moderateOutput?: boolean;
  /**
   * Shows a stream in windows of about so many characters, which end with a sentence where there is one, each moderated
   * with the end of the one before. From 50 to 2 000. @default a stream is held until all of its output was moderated
   */
  readonly windowCharacters?: number;
  /**
   * Is told of each category that was found, once for a stage of a request, with the request that it was found in. What it
   * throws is reported once and never reaches the request.
   */
  readonly onFinding?: (finding: Finding, request: GuardedRequest) => void;
  /** The longest that moderating the input or the output may take, with all retries, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
  /** For tests. @default the system's clock */
  readonly clock?: Clock;
}

export interface GuardSettings {
  readonly client: OpenAI;
  readonly mode: ModerationMode;
  readonly model: string;
  readonly policy: CheckedPolicy;
  readonly isClosed: boolean;
  readonly maxCharacters: number;
  readonly maxBytes: number;
  readonly check: ((input: unknown) => unknown) | undefined;
  readonly moderateOutput: boolean;
  readonly windowCharacters: number | undefined;
  readonly onFinding: ((finding: Finding, request: GuardedRequest) => void) | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

const known = [
  ...['mode', 'model', 'policy', 'onFailure', 'input', 'moderateOutput', 'windowCharacters'],
  ...['onFinding', 'timeoutMs', 'clock'],
];

/** @throws TelltaleError `invalid_option` */
export function checkOptions(client: OpenAI, options: GuardOptions): GuardSettings {
  const given = checkObject('options', options, known) as GuardOptions;
  const mode = checkOneOf('options.mode', given.mode ?? 'blocking', ['blocking', 'parallel', 'after']);
  const isAfter = mode === 'after';
  const onFailure = checkOneOf('options.onFailure', given.onFailure ?? (isAfter ? 'open' : 'closed'), [
    'closed',
    'open',
  ]);
  if (isAfter && onFailure === 'closed')
    throw invalidOption('options.onFailure', `'open' in mode 'after', which has given the answer`, onFailure);
  const input = checkObject('options.input', given.input ?? {}, ['maxCharacters', 'maxBytes', 'check']);
  const { maxCharacters = 200_000, maxBytes = 50_000_000, check } = input as InputOptions;
  const atLeastOne = { min: 1, integer: true };
  return {
    client,
    mode,
    model: checkString('options.model', given.model ?? 'omni-moderation-latest'),
    policy: checkPolicy('options.policy', given.policy),
    isClosed: onFailure === 'closed',
    maxCharacters: checkNumber('options.input.maxCharacters', maxCharacters, atLeastOne),
    maxBytes: checkNumber('options.input.maxBytes', maxBytes, atLeastOne),
    check: check && (checkFunction('options.input.check', check) as (input: unknown) => unknown),
    ...checkOutput(given, isAfter),
    onFinding:
      given.onFinding && (checkFunction('options.onFinding', given.onFinding) as typeof given.onFinding),
    timeoutMs: checkNumber('options.timeoutMs', given.timeoutMs ?? 10_000, { min: 1, max: longestTimerMs }),
    clock: given.clock === undefined ? systemClock : checkClock('options.clock', given.clock),
  };
}

function checkOutput(
  { moderateOutput = true, windowCharacters }: GuardOptions,
  isAfter: boolean,
): Pick<GuardSettings, 'moderateOutput' | 'windowCharacters'> {
  checkBoolean('options.moderateOutput', moderateOutput);
  if (windowCharacters === undefined) return { moderateOutput, windowCharacters };
  checkNumber('options.windowCharacters', windowCharacters, { min: 50, max: 2_000, integer: true });
  if (isAfter || !moderateOutput)
    throw invalidOption(
      'options.windowCharacters',
      `left out where no output is held back (mode 'after', or moderateOutput: false)`,
      windowCharacters,
    );
  return { moderateOutput, windowCharacters };
}
