/** A piece of a body, a pause, a broken connection, or a wait for the client to leave. */
export type Step =
  | string
  | Uint8Array
  | { readonly waitMs: number }
  | { readonly reset: true }
  | { readonly untilClientLeaves: true };

/** What the scripted server does with one request: an answer, a connection reset, or nothing at all. */
export type Answer =
  | {
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly steps: readonly Step[];
    }
  | 'reset'
  | 'silence';

const jsonType = { 'content-type': 'application/json', 'x-request-id': 'req_1' };

export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status: 200, headers: { ...jsonType, ...headers }, steps: [JSON.stringify(value)] };
}

/** An error as the provider words it. It asks for a retry at once, so that tests are quick. */
export function failure(
  status: number,
  headers: Readonly<Record<string, string>> = { 'retry-after-ms': '1' },
  code = 'some_code',
): Answer {
  const error = { message: `status ${status}`, type: 'some_type', param: null, code };
  return { status, headers: { ...jsonType, ...headers }, steps: [JSON.stringify({ error })] };
}

export function events(steps: readonly Step[], headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'x-request-id': 'req_s', ...headers },
    steps,
  };
}

export function event(value: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(value)}\n\n`;
}

const model = 'gpt-5-mini-2025-08-07';

export const chatBody = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Grüße', refusal: null },
      finish_reason: 'stop',
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

export function chatChunk(delta: object, finishReason: string | null = null): string {
  return event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model,
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  });
}

export const chatPieces = [
  chatChunk({ role: 'assistant', content: 'Gr' }),
  chatChunk({ content: 'üße' }),
  chatChunk({ content: ' aus Köln' }),
];
export const chatEnd = [chatChunk({}, 'stop'), 'data: [DONE]\n\n'];
export const chatEvents: readonly string[] = [...chatPieces, ...chatEnd];

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
};

export const responseBody = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model,
  output: [message],
  error: null,
  incomplete_details: null,
  tools: [],
  usage: {
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 1 },
    total_tokens: 15,
  },
};

const started = { ...responseBody, status: 'in_progress', output: [], usage: null };
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };

function typed(type: string, sequence: number, rest: object): string {
  return event({ type, sequence_number: sequence, ...rest }, type);
}

export const responseEvents: readonly string[] = [
  typed('response.created', 0, { response: started }),
  typed('response.output_item.added', 1, {
    output_index: 0,
    item: { ...message, status: 'in_progress', content: [] },
  }),
  typed('response.content_part.added', 2, {
    ...place,
    part: { type: 'output_text', text: '', annotations: [] },
  }),
  typed('response.output_text.delta', 3, { ...place, delta: 'Hello', logprobs: [] }),
  typed('response.output_text.done', 4, { ...place, text: 'Hello', logprobs: [] }),
  typed('response.content_part.done', 5, { ...place, part: message.content[0] }),
  typed('response.output_item.done', 6, { output_index: 0, item: message }),
  typed('response.completed', 7, { response: responseBody }),
];

/** Two numbers as the provider packs them, and as plain JSON. */
export const embeddingNumbers = [0.5, -0.25];
export function embeddingBody(embedding: string | readonly number[]): object {
  return {
    object: 'list',
    model: 'text-embedding-3-small',
    data: [{ object: 'embedding', index: 0, embedding }],
    usage: { prompt_tokens: 3, total_tokens: 3 },
  };
}
