import type { IncomingMessage, ServerResponse } from 'node:http';
import type OpenAI from 'openai';
import { callWith } from '../../src/index.ts';
import type { Ask } from '../k6/mix.ts';
import type { CallAnswer } from './answer.ts';
import { httpStatusOf, seenOfError } from './failure.ts';
import { streamCalls } from './stream-calls.ts';
import { type Seen, wholeCalls } from './whole-calls.ts';

const largestBodyBytes = 1024 * 1024;

/** Answers one request with one call of the client; resolves to the HTTP status once the answer is sent. */
export async function exchange(
  client: OpenAI,
  request: IncomingMessage,
  response: ServerResponse,
  streamed: boolean,
): Promise<number> {
  const callId = String(request.headers['x-call-id'] ?? '');
  const ask = await readAsk(request);
  if (!ask) return send(response, 400, { error: 'The body must be JSON with `kind`, `model` and `prompt`.' });
  const callerLeft = new AbortController();
  response.once('close', () => callerLeft.abort());
  const options = { headers: { 'x-call-id': callId }, signal: callerLeft.signal };
  const pass = (text: string): void => writePiece(response, text);
  const { priority = 'medium' } = ask;
  const seen = await callWith({ priority }, () =>
    makeCall(client, ask, options, streamed ? pass : undefined),
  ).catch(seenOfError);
  const answer: CallAnswer = { callId, ...seen };
  if (!response.headersSent) {
    // The pressure is passed on: whoever comes again sooner is refused again.
    if (seen.outcome === 'refused' && seen.retryAfterMs !== undefined)
      response.setHeader('retry-after', Math.ceil(seen.retryAfterMs / 1_000));
    return send(response, httpStatusOf(seen), answer);
  }
  response.end(JSON.stringify(answer));
  return response.statusCode;
}

async function makeCall(
  client: OpenAI,
  ask: Ask,
  options: OpenAI.RequestOptions,
  pass: ((text: string) => void) | undefined,
): Promise<Seen> {
  if (!pass) return await wholeCalls[ask.kind](client, ask, options);
  if (ask.kind === 'embeddings') throw new TypeError('Embeddings cannot be streamed.');
  return await streamCalls[ask.kind](client, ask, options, pass);
}

/** A stream is passed on as lines of JSON; the last line, without a line break, is the `CallAnswer`. */
function writePiece(response: ServerResponse, text: string): void {
  if (response.destroyed) return;
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.write(`${JSON.stringify({ text })}\n`);
}

async function readAsk(request: IncomingMessage): Promise<Ask | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.byteLength;
    if (bytes > largestBodyBytes) return undefined;
    pieces.push(piece);
  }
  try {
    const ask = JSON.parse(Buffer.concat(pieces).toString('utf8')) as Partial<Ask>;
    const isKnown = typeof ask.kind === 'string' && Object.hasOwn(wholeCalls, ask.kind);
    return isKnown && typeof ask.model === 'string' && typeof ask.prompt === 'string'
      ? (ask as Ask)
      : undefined;
  } catch {
    return undefined;
  }
}

export function send(response: ServerResponse, status: number, value: unknown): number {
  if (!response.destroyed) {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  }
  return status;
}
