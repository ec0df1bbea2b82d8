import type OpenAI from 'openai';
import { type Call, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { chatParams } from '../contract/contract-case.ts';
import type { World } from '../contract/worlds.ts';
import { LockstepServer, turns } from './lockstep-server.ts';
import type { Delivery } from './plan.ts';

export const streamed = { ...chatParams, stream: true } as const;
export const sse = { 'content-type': 'text/event-stream' };
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
export const events = (pieces: readonly string[], end: Delivery['end'] = 'end'): Delivery => ({
  status: 200,
  headers: sse,
  pieces: pieces.map(latin1),
  contentLength: false,
  end,
});

export interface Outcome {
  readonly value: unknown;
  readonly error: unknown;
  readonly call: Readonly<Call> | undefined;
}

/** Makes one call with a bare client (`false`) or an observed one, and tells what came of it. */
export async function call(
  world: World,
  answer: Delivery,
  use: (client: OpenAI, abort: AbortController) => Promise<unknown>,
  observed: false | ObserveOptions = {},
): Promise<Outcome> {
  const server = await LockstepServer.start([answer]);
  const made = new world.OpenAI({
    apiKey: 'k',
    baseURL: `${server.origin}/v1`,
    logLevel: 'off',
    maxRetries: 0,
  });
  const client = observed ? observe(made, observed) : made;
  let ended: Readonly<Call> | undefined;
  if (observed) {
    telltale(client).on('call', (one) => {
      ended = one;
    });
  }
  const outcome = await use(client, new AbortController()).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  );
  await turns(40);
  await server.close();
  return { ...outcome, call: ended };
}

export const readAll = async (client: OpenAI): Promise<unknown[]> => {
  const chunks: unknown[] = [];
  for await (const chunk of await client.chat.completions.create(streamed)) chunks.push(chunk);
  return chunks;
};
export const body = async (client: OpenAI): Promise<ReadableStream<Uint8Array>> => {
  const response = await client.chat.completions.create(streamed).asResponse();
  if (!response.body) throw new Error('no body');
  return response.body;
};
