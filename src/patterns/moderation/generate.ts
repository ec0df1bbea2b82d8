import type OpenAI from 'openai';
import { callWith } from '../../index.ts';
import { type GuardedBody, type GuardedRequest, isChat } from './options.ts';

/** A call of the client, and what it cost once it has ended. */
export interface Generation<T> {
  readonly result: Promise<T>;
  /** Undefined as long as nobody knows. */
  readonly costUsd: () => number | undefined;
}

export function generate(
  client: OpenAI,
  request: GuardedRequest,
  signal: AbortSignal | undefined,
): Generation<GuardedBody> {
  const options = signal ? { signal } : {};
  return costed<GuardedBody>(async () =>
    isChat(request)
      ? await client.chat.completions.create(request, options)
      : await client.responses.create(request, options),
  );
}

export function generateStream(
  client: OpenAI,
  request: GuardedRequest,
  signal: AbortSignal,
): Generation<AsyncIterable<unknown>> {
  return costed<AsyncIterable<unknown>>(async () =>
    isChat(request)
      ? await client.chat.completions.create({ ...request, stream: true }, { signal })
      : await client.responses.create({ ...request, stream: true }, { signal }),
  );
}

function costed<T>(work: () => Promise<T>): Generation<T> {
  let costUsd: number | undefined;
  const result = callWith(
    {
      onCall: (call) => {
        costUsd = call.costUsd;
      },
    },
    work,
  );
  // Whoever waits for it is told; that it may be given up unheard is no fault.
  result.catch(() => {});
  return { result, costUsd: () => costUsd };
}
