import OpenAI, { type ClientOptions } from 'openai';

/** The class of a client, whichever copy of the package it comes from. */
export type OpenAIClass = new (options: ClientOptions) => OpenAI;

export const request = {
  model: 'gpt-5-mini',
  messages: [{ role: 'user' as const, content: 'Say something of a few words about the weather.' }],
};

const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-5-mini-2025-08-07',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'It may rain. '.repeat(20), refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 18,
    completion_tokens: 90,
    total_tokens: 108,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 10, audio_tokens: 0 },
  },
  service_tier: 'default',
});

export const chunksPerStream = 200;

const streamPieces = [
  ...Array.from({ length: chunksPerStream - 1 }, (_, index) => piece({ content: ` word${index}` }, null)),
  piece({}, 'stop'),
  'data: [DONE]\n\n',
].map((text) => new TextEncoder().encode(text));

/** The first chunk of a stream, and its end. */
export const shortStream = [streamPieces[0], ...streamPieces.slice(-2)].filter(
  (bytes) => bytes !== undefined,
);

function piece(delta: object, finishReason: string | null): string {
  const chunk = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    system_fingerprint: null,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

type Fetch = NonNullable<ClientOptions['fetch']>;

/** What the provider of a measured client answers: from memory, so that only the client's own work is measured. */
export const answer: Fetch = async (_url, init) => {
  const streamed = String(init?.body).includes('"stream":true');
  return streamed
    ? new Response(streamBody(), { headers: { 'content-type': 'text/event-stream' } })
    : new Response(completion, {
        headers: { 'content-type': 'application/json', 'x-request-id': 'req_bench' },
      });
};

/** Nothing listens there, so that a request that did not go to `fetch` could not go anywhere else either. */
export function clientOptions(fetch: Fetch = answer): ClientOptions {
  return { apiKey: 'none', baseURL: 'http://127.0.0.1:1/v1', fetch };
}

export function client(): OpenAI {
  return new OpenAI(clientOptions());
}

function streamBody(): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const bytes = streamPieces[next++];
      if (bytes) controller.enqueue(bytes);
      else controller.close();
    },
  });
}

export async function oneCall(openai: OpenAI): Promise<void> {
  await openai.chat.completions.create(request);
}

export async function oneStream(openai: OpenAI): Promise<void> {
  const stream = await openai.chat.completions.create({ ...request, stream: true });
  for await (const _chunk of stream);
}
