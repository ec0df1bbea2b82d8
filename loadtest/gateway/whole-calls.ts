import type OpenAI from 'openai';
import type { Ask } from '../k6/mix.ts';
import type { CallAnswer } from './answer.ts';

/** What one call came to, apart from what every call has. */
export type Seen = Omit<CallAnswer, 'callId'>;

/** Makes one call and says what its caller got. */
export type MakeCall = (client: OpenAI, ask: Ask, options: OpenAI.RequestOptions) => Promise<Seen>;

/** The calls that are answered in one piece. */
export const wholeCalls = { chat, responses, embeddings } satisfies Record<Ask['kind'], MakeCall>;

async function chat(client: OpenAI, ask: Ask, options: OpenAI.RequestOptions): Promise<Seen> {
  const completion = await client.chat.completions.create(chatBody(ask), options);
  const [choice] = completion.choices;
  return {
    outcome: choice?.message.content ? 'ok' : 'empty',
    ...requestIdOf(completion),
    ...(choice ? { finishReason: choice.finish_reason } : {}),
  };
}

async function responses(client: OpenAI, ask: Ask, options: OpenAI.RequestOptions): Promise<Seen> {
  const response = await client.responses.create(responseBody(ask), options);
  return {
    outcome: outcomeOfResponse(response),
    ...requestIdOf(response),
    ...(response.status ? { finishReason: response.status } : {}),
  };
}

async function embeddings(
  client: OpenAI,
  { model, prompt }: Ask,
  options: OpenAI.RequestOptions,
): Promise<Seen> {
  const list = await client.embeddings.create({ model, input: prompt }, options);
  return { outcome: list.data.length > 0 ? 'ok' : 'empty', ...requestIdOf(list) };
}

/** Without `stream`. */
export function chatBody({ model, prompt, maxOutputTokens }: Ask) {
  return {
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
  };
}

/** Without `stream`. */
export function responseBody({ model, prompt, maxOutputTokens }: Ask) {
  return {
    model,
    input: prompt,
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: maxOutputTokens }),
  };
}

export function outcomeOfResponse(response: OpenAI.Responses.Response): Seen['outcome'] {
  if (response.status === 'failed') return 'error';
  return response.output_text === '' ? 'empty' : 'ok';
}

export function requestIdOf({ _request_id: id }: { _request_id?: string | null }): Pick<Seen, 'requestId'> {
  return id ? { requestId: id } : {};
}
