import type { OutgoingHttpHeaders } from 'node:http';
import type { Bucket, BucketState } from './bucket.ts';

/** A duration in Go's notation, as OpenAI writes it: `8.64s`, `12ms`, `6m0s`, a part of a millisecond cut off. */
export function goDuration(durationMs: number): string {
  const wholeMs = Math.floor(durationMs);
  if (wholeMs === 0) return '0s';
  if (wholeMs < 1_000) return `${wholeMs}ms`;
  const hours = Math.floor(wholeMs / 3_600_000);
  const minutes = Math.floor(wholeMs / 60_000) % 60;
  const seconds = `${(wholeMs % 60_000) / 1_000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** On every answer. */
export function commonHeaders(requestId: string, processingMs: number): OutgoingHttpHeaders {
  return {
    'x-request-id': requestId,
    'openai-processing-ms': String(Math.round(processingMs)),
    'openai-version': '2020-10-01',
    'openai-organization': 'org-telltale-mock',
  };
}

/** On an answer that was let through. */
export function quotaHeaders({ requests, tokens }: ReturnType<Bucket['take']>): OutgoingHttpHeaders {
  return { ...limitHeaders('requests', requests), ...limitHeaders('tokens', tokens) };
}

/** What is left of a limit. */
export function limitHeaders(unit: 'requests' | 'tokens', state: BucketState): OutgoingHttpHeaders {
  return {
    [`x-ratelimit-limit-${unit}`]: String(state.limit),
    [`x-ratelimit-remaining-${unit}`]: String(state.remaining),
    [`x-ratelimit-reset-${unit}`]: goDuration(state.resetMs),
  };
}

/** Asks for a wait in the headers that `which` names, and says what the most exact of them asks for. */
export function retryAfterHeaders(
  retryAfterMs: number,
  which: 'both' | 'seconds' | 'ms',
): { headers: OutgoingHttpHeaders; toldMs: number } {
  const wholeMs = Math.ceil(retryAfterMs);
  const seconds = Math.ceil(wholeMs / 1_000);
  const headers: OutgoingHttpHeaders = {};
  if (which !== 'ms') headers['retry-after'] = String(seconds);
  if (which !== 'seconds') headers['retry-after-ms'] = String(wholeMs);
  return { headers, toldMs: which === 'seconds' ? seconds * 1_000 : wholeMs };
}

/** The same as a date, which has whole seconds: never sooner than is asked for. */
export function retryAfterDate(
  retryAfterMs: number,
  epochMs: number,
): { headers: OutgoingHttpHeaders; toldMs: number } {
  const atMs = Math.ceil((epochMs + retryAfterMs) / 1_000) * 1_000;
  return { headers: { 'retry-after': new Date(atMs).toUTCString() }, toldMs: atMs - epochMs };
}
