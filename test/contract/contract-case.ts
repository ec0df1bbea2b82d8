import type OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import type { Script, ScriptedServer } from './scripted-server.ts';
import type { World } from './worlds.ts';

/** What a case has to work with. */
export interface Site {
  readonly world: World;
  readonly client: OpenAI;
  readonly server: ScriptedServer;
  readonly abort: AbortController;
  /** Calls `act` once, right after a log line that matches. */
  readonly onLog: (pattern: RegExp, act: () => void) => void;
}

/** One call as its spans should tell it. */
export interface ExpectedCall {
  readonly outcome: string;
  readonly errorType?: string;
  /** For each attempt its HTTP status; for one without an answer, its `error.type`. */
  readonly attempts: readonly (number | string)[];
  /** `input/output`, where the provider said it. Not looked at when absent. */
  readonly tokens?: string;
  /** Name and attributes of its span, as far as the case is about them. `undefined`: it must not be there. */
  readonly says?: { readonly name?: string } & Readonly<Record<string, unknown>>;
}

/** One thing people do with a client, done in the same way with a bare and with an observed one. */
export interface ContractCase {
  readonly name: string;
  readonly script: Script;
  readonly options?: ClientOptions;
  /** Makes the client where a plain one is not what the case is about. */
  readonly create?: (world: World, options: ClientOptions, server: ScriptedServer) => OpenAI;
  /** Does it, and gives back all that the caller can see of the result. */
  readonly run: (site: Site) => Promise<unknown>;
  /** One entry a call, in the order in which the calls start. */
  readonly calls: readonly ExpectedCall[] | ((world: World) => readonly ExpectedCall[]);
  /** Attempts less requests: those that never reach the server count as 1. @default 0 */
  readonly unseen?: number | ((world: World) => number);
  /** True where the bare client sleeps on after an abort, tries once more and gives up; the observed one ends at once. */
  readonly endsSooner?: (world: World) => boolean;
  /** True where requests leave by a way of the user's own, which nobody can add headers to. */
  readonly untraced?: boolean;
  /** True where a call is made while another one is sending, and is its child. */
  readonly nested?: boolean;
  /** True where calls run at once, so that nothing orders them. */
  readonly anyOrder?: boolean;
  /** @default all */
  readonly versions?: readonly World['version'][];
}

export const model = 'gpt-5-mini';
export const chatParams = { model, messages: [{ role: 'user', content: 'Hi' }] } satisfies {
  model: string;
  messages: OpenAI.ChatCompletionMessageParam[];
};

export const ok = (...attempts: (number | string)[]): ExpectedCall => ({ outcome: 'ok', attempts });
/** A good call with the tokens that the provider counted. */
export const billed = (tokens: string, ...attempts: (number | string)[]): ExpectedCall => ({
  outcome: 'ok',
  attempts,
  tokens,
});
export const bad = (errorType: string, ...attempts: (number | string)[]): ExpectedCall => ({
  outcome: 'error',
  errorType,
  attempts,
});
export const cancelled = (...attempts: (number | string)[]): ExpectedCall => ({
  outcome: 'cancelled',
  errorType: 'cancelled',
  attempts,
});

/** Reads a stream to its end. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
