import type { IncomingHttpHeaders } from 'node:http';
import type { Body } from '../answer.ts';
import type { FinishReason, TokenUsage } from '../ledger.ts';

/** A tool call of a scripted answer. */
export interface ScriptedCall {
  readonly name: string;
  /** Of a function: its arguments, as a value or as the very text. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  /** Of a custom tool, in place of `arguments`. */
  readonly input?: string;
  /** @default made from the seed and the call */
  readonly id?: string;
}

/**
 * An answer that says what it is told to. At most one of `text`, `json`, `refusal` and `chunks`, and beside them or alone
 * `toolCalls`; with none of them its text is empty. It is not cut by the request's cap, and its parts come whole or
 * streamed as the request has it.
 */
export interface ScriptedSpeech {
  /** What the model says. @default an empty text */
  readonly text?: string;
  /** A value whose JSON is the text. */
  readonly json?: unknown;
  /** In place of a text: why the model will not answer. */
  readonly refusal?: string;
  /** The text, in the pieces in which a stream sends it. */
  readonly chunks?: readonly string[];
  /** The tools that the model wants to be called, in this order. @default none */
  readonly toolCalls?: readonly ScriptedCall[];
  /** @default `tool_calls` where there are some, else `stop` */
  readonly finishReason?: FinishReason;
  /** Of the usage, what is not to be counted. */
  readonly usage?: Partial<TokenUsage>;
  /** @default drawn, for a reasoning model */
  readonly reasoningTokens?: number;
  /** How much longer than the latency says the model takes before it begins, from 0 to a day. @default 0 */
  readonly delayMs?: number;
}

/** A body word for word. Streamed, each of its choices or items comes in one piece. */
export interface ScriptedBody {
  /** A JSON object; streamed it must be a chat completion or a response, whichever was asked for. */
  readonly body: Readonly<Record<string, unknown>>;
  /** From 200 to 599. From 400 on the body is sent whole, whatever was asked for. @default 200 */
  readonly status?: number;
  /** How much longer than the latency says it takes before it begins, from 0 to a day. @default 0 */
  readonly delayMs?: number;
}

/** What is answered; a text stands for `{ text }`. */
export type ScriptedAnswer = string | ScriptedSpeech | ScriptedBody;

/** Which requests a fixture answers: those that everything said here is true of. */
export interface AnswerMatch {
  /** @default both */
  readonly endpoint?: 'chat' | 'responses';
  /** A `*` at the end stands for any ending. */
  readonly model?: string;
  /** What the last message of a user holds: a part of it, or what a regular expression finds. */
  readonly text?: string | RegExp;
  /** The `x-call-id`. */
  readonly callId?: string | RegExp;
  /** Headers by name, with the whole value or an expression that finds something in it. */
  readonly headers?: Readonly<Record<string, string | RegExp>>;
}

/** An answer for the requests that match. */
export interface AnswerFixture {
  /** @default every request */
  readonly match?: AnswerMatch;
  readonly answer: ScriptedAnswer;
  /** How many requests since the start it answers, retries among them; a positive integer. @default all */
  readonly times?: number;
}

/** What a function for answers is asked. */
export interface AnswerRequest {
  readonly endpoint: 'chat' | 'responses';
  readonly model: string;
  /** Chat's messages; or Responses' instructions as a system message and the items of its input, a text being one. */
  readonly messages: readonly unknown[];
  /** Of the last message of a user; empty where there is none. */
  readonly text: string;
  readonly streamed: boolean;
  /** The request's JSON. */
  readonly body: Body;
  readonly headers: IncomingHttpHeaders;
  readonly callId: string;
  /** How many requests with this call id came before. */
  readonly attempt: number;
}

/** Gives an answer, or undefined for one that is generated. What it throws is answered with status 500. */
export type AnswerFunction = (
  request: AnswerRequest,
) => ScriptedAnswer | undefined | Promise<ScriptedAnswer | undefined>;

/** What the mock answers: fixtures, the first that matches, or a function that decides for each request. */
export type Answers = readonly AnswerFixture[] | AnswerFunction;
