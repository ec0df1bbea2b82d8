import type { IncomingMessage, ServerResponse } from 'node:http';
import type OpenAI from 'openai';
import { callWith } from '../../src/index.ts';
import type { Ask } from '../k6/mix.ts';
import type { CallAnswer } from './answer.ts';
import { clientClosedRequest, httpStatusOf, seenOfError } from './failure.ts';
import { jobCalls } from './job-calls.ts';
import { type MakeStream, streamCalls } from './stream-calls.ts';
import { type MakeCall, wholeCalls } from './whole-calls.ts';

const largestBodyBytes = 1024 * 1024;
/** About what a piece takes in memory beside its bytes. */
const pieceBytes = 256;

/** What is called for a path: an answer in one piece, or a stream. */
export type Door = { readonly call: MakeCall } | { readonly stream: MakeStream };

/** By the path that makes a call. */
export const doors: Readonly<Record<string, Door>> = {
  '/chat': { call: wholeCalls.chat },
  '/chat/stream': { stream: streamCalls.chat },
  '/responses': { call: wholeCalls.responses },
  '/responses/stream': { stream: streamCalls.responses },
  '/responses/background': { call: jobCalls.start },
  '/responses/poll': { call: jobCalls.poll },
  '/embeddings': { call: wholeCalls.embeddings },
};

/** What became of a request to the gateway. */
export interface Exchanged {
  /** The HTTP status that was sent, or would have been. */
  readonly status: number;
  /** False where the client was not called at all: the request was no good, or its caller had left before. */
  readonly madeCall: boolean;
  /** From the moment at which the caller left to the end of the call; absent where nobody left before. */
  readonly endedAfterLeftMs?: number;
}

/** Answers one request with one call of the client; resolves once the answer is sent. */
export async function exchange(
  client: OpenAI,
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
): Promise<Exchanged> {
  const callId = String(request.headers['x-call-id'] ?? '');
  const callerLeft = new AbortController();
  // Before the body is read: a caller who leaves meanwhile is told of once.
  let leftAtMs: number | undefined;
  response.once('close', () => {
    leftAtMs = performance.now();
    callerLeft.abort();
  });
  const ask = await readAsk(request);
  if (!ask) {
    // The rest of a body that is too long is not waited for.
    if (!request.complete) response.setHeader('connection', 'close');
    const status = send(response, 400, { error: 'The body must be JSON with `model` and `prompt`.' });
    return { status, madeCall: false };
  }
  if (callerLeft.signal.aborted) return { status: clientClosedRequest, madeCall: false };
  const options = { headers: { 'x-call-id': callId }, signal: callerLeft.signal };
  const { priority = 'medium' } = ask;
  const seen = await callWith({ priority }, () =>
    'call' in door
      ? door.call(client, ask, options)
      : door.stream(client, ask, options, (text) => writePiece(response, text)),
  ).catch(seenOfError);
  const left = leftAtMs === undefined ? {} : { endedAfterLeftMs: performance.now() - leftAtMs };
  const answer: CallAnswer = { callId, ...seen };
  if (response.headersSent) {
    response.end(JSON.stringify(answer));
    return { status: response.statusCode, madeCall: true, ...left };
  }
  // The pressure is passed on: whoever comes again sooner is refused again.
  if (seen.outcome === 'refused' && seen.retryAfterMs !== undefined)
    response.setHeader('retry-after', Math.ceil(seen.retryAfterMs / 1_000));
  return { status: send(response, httpStatusOf(seen), answer), madeCall: true, ...left };
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
    bytes += piece.byteLength + pieceBytes;
    if (bytes > largestBodyBytes) return undefined;
    pieces.push(piece);
  }
  try {
    const ask = JSON.parse(Buffer.concat(pieces).toString('utf8')) as Partial<Ask>;
    return typeof ask.model === 'string' && typeof ask.prompt === 'string' ? (ask as Ask) : undefined;
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
