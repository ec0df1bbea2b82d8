import type OpenAI from 'openai';
import type { Ask } from '../k6/mix.ts';
import { chatBody, outcomeOfResponse, responseBody, type Seen } from './whole-calls.ts';

/** Makes one streamed call, hands each piece of text to `pass` as it comes, and says what its caller got. */
export type MakeStream = (
  client: OpenAI,
  ask: Ask,
  options: OpenAI.RequestOptions,
  pass: (text: string) => void,
) => Promise<Seen>;

export const streamCalls = { chat, responses } satisfies Partial<Record<Ask['kind'], MakeStream>>;

async function chat(
  client: OpenAI,
  ask: Ask,
  options: OpenAI.RequestOptions,
  pass: (text: string) => void,
): Promise<Seen> {
  const watch = startWatch();
  const stream = await client.chat.completions.create({ ...chatBody(ask), stream: true }, options);
  let finishReason: string | undefined;
  let characters = 0;
  for await (const { choices } of stream) {
    watch.chunk();
    const [choice] = choices;
    const text = choice?.delta.content ?? '';
    characters += text.length;
    if (text !== '') pass(text);
    finishReason = choice?.finish_reason ?? finishReason;
  }
  if (finishReason === undefined) return { outcome: 'truncated', ...watch.seen() };
  return { outcome: characters > 0 ? 'ok' : 'empty', finishReason, ...watch.seen() };
}

async function responses(
  client: OpenAI,
  ask: Ask,
  options: OpenAI.RequestOptions,
  pass: (text: string) => void,
): Promise<Seen> {
  const watch = startWatch();
  const stream = await client.responses.create({ ...responseBody(ask), stream: true }, options);
  let characters = 0;
  let end: Pick<Seen, 'outcome' | 'finishReason'> = { outcome: 'truncated' };
  for await (const event of stream) {
    watch.chunk();
    if (event.type === 'response.output_text.delta') {
      characters += event.delta.length;
      pass(event.delta);
    } else if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      end = { outcome: characters > 0 ? 'ok' : 'empty', finishReason: event.type };
    } else if (event.type === 'response.failed') {
      end = { outcome: outcomeOfResponse(event.response), finishReason: event.type };
    }
  }
  return { ...end, ...watch.seen() };
}

/** Counts the chunks that the application reads, times the first, and the gaps between them. */
function startWatch() {
  const startedMs = performance.now();
  let chunks = 0;
  let firstChunkMs: number | undefined;
  let lastChunkMs = 0;
  let longestGapMs = 0;
  return {
    chunk(): void {
      const atMs = performance.now() - startedMs;
      if (firstChunkMs === undefined) firstChunkMs = atMs;
      else longestGapMs = Math.max(longestGapMs, atMs - lastChunkMs);
      chunks++;
      lastChunkMs = atMs;
    },
    seen: (): Pick<Seen, 'chunks' | 'firstChunkMs' | 'chunkGapMs' | 'longestGapMs'> => ({
      chunks,
      ...(firstChunkMs === undefined ? {} : { firstChunkMs }),
      ...(firstChunkMs === undefined || chunks < 2
        ? {}
        : { chunkGapMs: (lastChunkMs - firstChunkMs) / (chunks - 1), longestGapMs }),
    }),
  };
}
