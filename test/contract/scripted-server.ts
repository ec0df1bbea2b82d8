import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer } from './answers.ts';
import { plainText } from './normalize.ts';

/** One request, as the server saw it. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  /** In order of arrival; without those that differ from run to run. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** How it went from the server's side. */
  end: 'answered' | 'client left' | 'reset by server' | 'open';
}

/** What answers each request: a list for successive requests, or a rule. */
export type Script = readonly Answer[] | ((path: string, body: string) => Answer);

const volatileHeaders = new Set(['host', 'connection', 'date', 'traceparent', 'tracestate']);

/** A real HTTP server that follows a script and keeps what it saw. */
export class ScriptedServer {
  readonly exchanges: Exchange[] = [];
  /** The `traceparent` of each request; undefined where it had none. */
  readonly traceparents: (string | undefined)[] = [];
  /** Other headers that tracing might have added. */
  readonly baggage: string[] = [];
  readonly #script: Script;
  readonly #server: http.Server;
  readonly #closing: Promise<void>[] = [];
  #listeners: { count: number; resolve: () => void }[] = [];
  #arrived = 0;

  private constructor(script: Script) {
    this.#script = script;
    this.#server = http.createServer((request, response) => {
      this.#closing.push(this.#serve(request, response));
    });
  }

  static async start(script: Script): Promise<ScriptedServer> {
    const server = new ScriptedServer(script);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when `count` requests have arrived whole. */
  arrived(count: number): Promise<void> {
    if (this.#arrived >= count) return Promise.resolve();
    return new Promise((resolve) => this.#listeners.push({ count, resolve }));
  }

  /** Waits until every exchange is over, as long as that takes a client that lets go of what it has left. */
  async settle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 1000);
    });
    await Promise.race([Promise.all(this.#closing), patience]);
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const closed = new Promise<void>((resolve) => response.once('close', resolve));
    const index = this.exchanges.length;
    const exchange: Exchange = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: headersOf(request),
      body: '',
      end: 'open',
    };
    this.exchanges.push(exchange);
    this.traceparents.push(request.headers['traceparent'] as string | undefined);
    if (request.headers['baggage'] !== undefined) this.baggage.push(String(request.headers['baggage']));
    const body = await bodyOf(request);
    Object.assign(exchange, { body: plainText(body) });
    this.#arrived++;
    for (const listener of this.#listeners.filter(({ count }) => count <= this.#arrived)) listener.resolve();
    const answer =
      typeof this.#script === 'function' ? this.#script(exchange.path, body) : this.#script[index];
    let reset = false;
    await give(answer ?? overdrawn, response, closed, () => {
      reset = true;
      request.socket.resetAndDestroy();
    });
    await closed;
    if (reset) exchange.end = 'reset by server';
    else exchange.end = response.writableFinished ? 'answered' : 'client left';
  }
}

/** A request that the script does not know of must not pass for one that it does. */
const overdrawn: Answer = { status: 418, headers: {}, steps: ['more requests than the script has'] };

async function give(
  answer: Answer,
  response: http.ServerResponse,
  closed: Promise<void>,
  reset: () => void,
): Promise<void> {
  if (answer === 'reset') {
    reset();
    return;
  }
  if (answer === 'silence') return;
  response.writeHead(answer.status, answer.headers);
  response.flushHeaders();
  for (const step of answer.steps) {
    if (response.destroyed) return;
    if (typeof step === 'string' || step instanceof Uint8Array) {
      response.write(step);
      // Lets each piece travel on its own.
      await new Promise((resolve) => setImmediate(resolve));
    } else if ('waitMs' in step) {
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, step.waitMs))]);
    } else if ('reset' in step) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      reset();
      return;
    } else {
      await closed;
      return;
    }
  }
  response.end();
}

async function bodyOf(request: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request) pieces.push(piece as Buffer);
  } catch {
    pieces.push(Buffer.from('<broken off>'));
  }
  return Buffer.concat(pieces).toString('latin1');
}

function headersOf(request: http.IncomingMessage): (readonly [string, string])[] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    if (!volatileHeaders.has(name)) headers.push([name, plainText(request.rawHeaders[at + 1] ?? '')]);
  }
  return headers;
}
