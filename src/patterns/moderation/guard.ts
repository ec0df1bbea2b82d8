import type OpenAI from 'openai';
import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
} from 'openai/resources/chat/completions';
import type { Response, ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses';
import { checkObject, invalidOption } from '../../check.ts';
import { telltale } from '../../index.ts';
import { asObject, type JsonObject } from '../../json.ts';
import type { GuardedAnswer } from './answer.ts';
import { answerGuarded } from './guarded-answer.ts';
import { GuardedStream } from './guarded-stream.ts';
import { Inspection } from './inspection.ts';
import { Moderator } from './moderator.ts';
import {
  checkOptions,
  type GuardedBody,
  type GuardedRequest,
  type GuardOptions,
  type GuardSettings,
  isChat,
} from './options.ts';
import { quietly } from './quietly.ts';
import { wrongRequest } from './refusals.ts';

/** What one guarded request has of its own. */
export interface GuardCallOptions {
  /** Ends the request, and with it whatever is under way for it at the provider. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks models through moderation. */
export interface Guard {
  /**
   * `responses.create`, moderated. It is not for the background, where there is no output yet to be moderated.
   *
   * @throws TelltaleError `flagged` with its `categories`, `moderation_unavailable`, `input_refused`, `invalid_option`; and
   * whatever the client throws
   */
  respond(
    request: ResponseCreateParamsNonStreaming,
    options?: GuardCallOptions,
  ): Promise<GuardedAnswer<Response>>;
  /**
   * `chat.completions.create`, moderated.
   *
   * @throws TelltaleError `flagged` with its `categories`, `moderation_unavailable`, `input_refused`, `invalid_option`; and
   * whatever the client throws
   */
  chat(
    request: ChatCompletionCreateParamsNonStreaming,
    options?: GuardCallOptions,
  ): Promise<GuardedAnswer<ChatCompletion>>;
  /**
   * The text of either, as it comes and was moderated. Begins when it is read, and throws there what `respond` throws.
   *
   * @throws TelltaleError `invalid_option`
   */
  stream(request: ResponseCreateParamsNonStreaming, options?: GuardCallOptions): GuardedStream<Response>;
  stream(
    request: ChatCompletionCreateParamsNonStreaming,
    options?: GuardCallOptions,
  ): GuardedStream<ChatCompletion>;
}

/**
 * Lets nothing through to a model, nor from it, that moderation finds and the policy refuses.
 *
 * @param client one that Telltale observes
 * @throws TelltaleError `invalid_option`
 *
 * @example
 * ```ts
 * const guard = guarded(openai, { mode: 'parallel', policy: { violence: 'report' } });
 * try {
 *   const { text } = await guard.respond({ model: 'gpt-5-mini', input: question });
 *   console.log(text);
 * } catch (error) {
 *   if (!(error instanceof TelltaleError) || error.code !== 'flagged') throw error;
 *   console.log(`No answer to that: ${error.categories?.join(', ')}`);
 * }
 * ```
 */
export function guarded(client: OpenAI, options: GuardOptions = {}): Guard {
  telltale(client);
  const settings = checkOptions(client, options);
  const moderator = new Moderator(settings);
  const tell = quietly('`onFinding` of `guarded`', settings.onFinding);
  const inspect = (request: GuardedRequest): Inspection => new Inspection(settings, moderator, request, tell);
  const answer = (request: GuardedRequest, given: GuardCallOptions) =>
    answerGuarded(settings, request, checkCall(given), () => inspect(request));
  return {
    respond: async (request, given = {}) => {
      checkRequest(request, 'input');
      return (await answer(request, given)) as GuardedAnswer<Response>;
    },
    chat: async (request, given = {}) => {
      checkRequest(request, 'messages');
      return (await answer(request, given)) as GuardedAnswer<ChatCompletion>;
    },
    stream: streamer(settings, inspect),
  };
}

function streamer(
  settings: GuardSettings,
  inspect: (request: GuardedRequest) => Inspection,
): Guard['stream'] {
  function stream(
    request: ResponseCreateParamsNonStreaming,
    given?: GuardCallOptions,
  ): GuardedStream<Response>;
  function stream(
    request: ChatCompletionCreateParamsNonStreaming,
    given?: GuardCallOptions,
  ): GuardedStream<ChatCompletion>;
  function stream(request: GuardedRequest, given: GuardCallOptions = {}): GuardedStream<never> {
    checkRequest(request, asObject(request) && isChat(request) ? 'messages' : 'input');
    return new GuardedStream<GuardedBody>(settings, request, checkCall(given), () =>
      inspect(request),
    ) as GuardedStream<never>;
  }
  return stream;
}

function checkRequest(request: unknown, holds: 'input' | 'messages'): void {
  const given: JsonObject | undefined = asObject(request);
  if (!given) throw wrongRequest('request', 'to be an object');
  const other = holds === 'input' ? 'messages' : 'input';
  if (given[other] !== undefined)
    throw wrongRequest(`request.${other}`, `to be left out: this asks with \`${holds}\``);
  if (given['stream']) throw wrongRequest('request.stream', 'to be left out: use `stream` of the guard');
  if (given['background'])
    throw wrongRequest('request.background', 'to be left out: what is not there cannot be moderated');
}

function checkCall(given: GuardCallOptions): AbortSignal | undefined {
  const { signal } = checkObject('options', given, ['signal']);
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalidOption('options.signal', 'an AbortSignal', signal);
}
