import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { plainText } from '../contract/normalize.ts';
import type { Delivery } from './plan.ts';

/** One request as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  body: string;
  /** How many pieces of the answer were written before it was over, those that only some get left out. */
  pieces: number;
  end: 'answered' | 'client left' | 'broken off' | 'open';
}

const volatile = new Set(['host', 'connection', 'date', 'traceparent', 'tracestate']);

/** Bytes of bodies that Node's own HTTP client has received, by origin: what makes a lockstep possible. */
const receivedBytes = new Map<string, number>();
subscribe('undici:request:bodyChunkReceived', (message) => {
  const { request, chunk } = message as { request: { origin: string }; chunk: Uint8Array };
  receivedBytes.set(request.origin, (receivedBytes.get(request.origin) ?? 0) + chunk.byteLength);
});

/** Lets everything run that can run without time passing: what a socket says is heard in a few turns. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * A real HTTP server that writes a piece only when the client has received the one before and has had its say, so
 * that two clients of the same script see the same things at the same moments.
 */
export class LockstepServer {
  readonly requests: SeenRequest[] = [];
  /** Called when a request has arrived, and when a piece of its answer (0: its headers) has reached the client. */
  onProgress: (request: number, piece: number | 'arrived') => void = () => {};
  readonly #answers: readonly Delivery[];
  readonly #server: http.Server;
  /** Exchanges that go on by themselves. */
  #busy = 0;
  /** Exchanges in which the server will do nothing before the client leaves. */
  #waiting = 0;

  private constructor(answers: readonly Delivery[]) {
    this.#answers = answers;
    this.#server = http.createServer((request, response) => void this.#serve(request, response));
  }

  static async start(answers: readonly Delivery[]): Promise<LockstepServer> {
    const server = new LockstepServer(answers);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** True while the server waits for the client to leave. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Resolves when nothing more comes by itself, and what has come has been taken in. */
  async quiet(): Promise<void> {
    do await turns(20);
    while (this.#busy > 0);
    await turns(20);
    if (this.#isEncoded) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Resolves when it makes no sense to wait any longer for what has not come by then. */
  async exhausted(): Promise<void> {
    await this.quiet();
    if (this.#isEncoded) await new Promise((resolve) => setTimeout(resolve, 300));
  }

  get #isEncoded(): boolean {
    return this.#answers.some(({ encoding }) => encoding);
  }

  async close(): Promise<void> {
    receivedBytes.delete(this.origin);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    this.#busy++;
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: headersOf(request),
      body: '',
      pieces: 0,
      end: 'open',
    };
    const index = this.requests.push(seen) - 1;
    let closed = false;
    response.once('close', () => {
      closed = true;
      seen.end = seen.end !== 'open' ? seen.end : response.writableFinished ? 'answered' : 'client left';
    });
    seen.body = await bodyOf(request);
    this.onProgress(index, 'arrived');
    const answer = this.#answers[Math.min(index, this.#answers.length - 1)];
    if (answer) await this.#give(answer, seen, index, response, () => closed);
    this.#busy--;
    this.#waiting++;
    if (!closed) await new Promise((resolve) => response.once('close', resolve));
    this.#waiting--;
  }

  async #give(
    answer: Delivery,
    seen: SeenRequest,
    index: number,
    response: http.ServerResponse,
    isClosed: () => boolean,
  ): Promise<void> {
    const { socket } = response.req;
    if (answer.end === 'silence') return;
    if (answer.end === 'refuse') {
      seen.end = 'broken off';
      socket.resetAndDestroy();
      return;
    }
    const pieces = piecesOf(answer, seen.body.includes('"include_usage":true'));
    const bytes = pieces.reduce((sum, { piece }) => sum + piece.byteLength, 0);
    response.writeHead(answer.status, {
      ...answer.headers,
      ...(answer.encoding && { 'content-encoding': 'gzip' }),
      // A length that is not kept, where the connection breaks off.
      ...(answer.contentLength && { 'content-length': String(bytes + (answer.end === 'end' ? 0 : 10)) }),
    });
    response.flushHeaders();
    await turns(15);
    this.onProgress(index, 0);
    await turns(15);
    const before = receivedBytes.get(this.origin) ?? 0;
    let written = 0;
    for (const { piece, counts } of pieces) {
      if (isClosed()) return;
      response.write(piece);
      written += piece.byteLength;
      if (counts) seen.pieces++;
      for (let turn = 0; turn < 10 && (receivedBytes.get(this.origin) ?? 0) < before + written; turn++)
        await turns(1);
      // Decompression has threads of its own, whose turns cannot be counted.
      if (answer.encoding) await new Promise((resolve) => setTimeout(resolve, 20));
      await turns(10);
      if (counts) this.onProgress(index, seen.pieces);
      await turns(15);
    }
    if (isClosed() || answer.end === 'wait') return;
    if (answer.end === 'end') response.end();
    else seen.end = 'broken off';
    if (answer.end === 'fin') socket.destroy();
    if (answer.end === 'reset') socket.resetAndDestroy();
    await turns(15);
  }
}

interface Written {
  readonly piece: Buffer;
  readonly counts: boolean;
}

function piecesOf({ pieces, encoding, onlyIfAsked = [] }: Delivery, asked: boolean): Written[] {
  const written = pieces
    .map((piece, index) => ({ piece: Buffer.from(piece, 'latin1'), counts: !onlyIfAsked.includes(index) }))
    .filter(({ piece, counts }) => piece.byteLength > 0 && (counts || asked));
  if (!encoding) return written;
  const zipped = gzipSync(Buffer.concat(written.map(({ piece }) => piece)));
  const rest = encoding === 'gzip' ? zipped.subarray(12) : zipped.subarray(13, 30);
  return [zipped.subarray(0, 12), rest].map((piece) => ({ piece, counts: true }));
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    pieces.push(Buffer.from('<broken off>'));
  }
  return plainText(Buffer.concat(pieces).toString('latin1'));
}

function headersOf(request: http.IncomingMessage): string[] {
  const lines: string[] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    if (!volatile.has(name)) lines.push(plainText(`${name}: ${request.rawHeaders[at + 1] ?? ''}`));
  }
  return lines;
}
