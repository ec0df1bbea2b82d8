import type { Usage } from '../call.ts';
import { asCount, asObject, type JsonObject } from '../json.ts';

/** Thirty years: whatever is longer is no sound, and its cost would be no number. */
const mostSeconds = 1e9;

/**
 * The `usage` object of an answer: chat and completions (prompt/completion), Responses, embeddings and images
 * (input/output), transcriptions (tokens, or seconds of audio). Undefined if it is none of them.
 */
export function readUsage(value: unknown): Usage | undefined {
  const usage = asObject(value);
  if (!usage) return undefined;
  const inputTokens = asCount(usage['prompt_tokens']) ?? asCount(usage['input_tokens']);
  const outputTokens = asCount(usage['completion_tokens']) ?? asCount(usage['output_tokens']);
  const seconds = usage['type'] === 'duration' ? usage['seconds'] : undefined;
  const audioSeconds =
    typeof seconds === 'number' && seconds >= 0 && seconds <= mostSeconds ? seconds : undefined;
  if (inputTokens === undefined && outputTokens === undefined && audioSeconds === undefined) return undefined;
  // Put together field by field: spreading is several times dearer, and this is done for every call.
  const read: Writable<Usage> = { source: 'provider' };
  if (inputTokens !== undefined) read.inputTokens = inputTokens;
  if (outputTokens !== undefined) read.outputTokens = outputTokens;
  if (audioSeconds !== undefined) read.audioSeconds = audioSeconds;
  readInputDetails(read, usage);
  readOutputDetails(read, usage);
  return read;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function readInputDetails(read: Writable<Usage>, usage: JsonObject): void {
  const details =
    asObject(usage['prompt_tokens_details']) ??
    asObject(usage['input_tokens_details']) ??
    asObject(usage['input_token_details']);
  if (!details) return;
  const cached = asCount(details['cached_tokens']);
  if (cached !== undefined) read.cachedInputTokens = cached;
  const written = asCount(details['cache_write_tokens']);
  if (written !== undefined) read.cacheWriteInputTokens = written;
  const audio = asCount(details['audio_tokens']);
  if (audio !== undefined) read.audioInputTokens = audio;
  const image = asCount(details['image_tokens']);
  if (image !== undefined) read.imageInputTokens = image;
}

function readOutputDetails(read: Writable<Usage>, usage: JsonObject): void {
  const details = asObject(usage['completion_tokens_details']) ?? asObject(usage['output_tokens_details']);
  if (!details) return;
  const reasoning = asCount(details['reasoning_tokens']);
  if (reasoning !== undefined) read.reasoningTokens = reasoning;
  const audio = asCount(details['audio_tokens']);
  if (audio !== undefined) read.audioOutputTokens = audio;
  const image = asCount(details['image_tokens']);
  if (image !== undefined) read.imageOutputTokens = image;
}
