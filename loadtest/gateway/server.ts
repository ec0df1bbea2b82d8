import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type OpenAI from 'openai';
import { strangerProblem } from '../../src/mock/control-guard.ts';
import { within } from '../within.ts';
import { type Door, doors, exchange, send } from './exchange.ts';

export interface Gateway {
  /** Without a slash at its end. */
  readonly url: string;
  /** Takes no more connections and waits for the requests under way, at most this long. */
  drain(timeoutMs: number): Promise<void>;
}

/** How often it is looked for clients that take too long over a request: node's own minute and five are meant. */
const connectionsCheckingInterval = 1_000;

/**
 * A small service on the client, as an application would have one. It listens on a free port of 127.0.0.1, which a k6
 * in a container reaches too: by the host's network on Linux, by `host.docker.internal` under Docker Desktop.
 */
export async function startGateway(client: OpenAI): Promise<Gateway> {
  const underWay = new Set<Promise<void>>();
  const server = createServer({ connectionsCheckingInterval }, (request, response) => {
    const path = request.url ?? '/';
    const stranger = strangerProblem(request, '127.0.0.1', 'The gateway');
    if (stranger !== undefined) return void send(response, 403, { error: stranger });
    if (path === '/healthz') return void send(response, 200, { status: 'ok' });
    const door = Object.hasOwn(doors, path) ? doors[path] : undefined;
    if (!door) return void send(response, 404, { error: `No \`${path}\` here.` });
    if (request.method !== 'POST') return void send(response, 405, { error: 'A call is made with POST.' });
    const done: Promise<void> = traced(client, request, response, door).finally(() => underWay.delete(done));
    underWay.add(done);
  });
  // k6 keeps its connections; a server that closes an idle one at the wrong moment would look like a lost call.
  server.keepAliveTimeout = 0;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async drain(timeoutMs) {
      server.close();
      server.closeIdleConnections();
      await within(Promise.all(underWay), timeoutMs);
    },
  };
}

/** Of the gateway's own span: whether the client was called. */
const madeCallName = 'gateway.made_call';
/** How long after its caller had left the call ended, in milliseconds. */
const endedAfterLeftName = 'gateway.ended_after_left.ms';

/** Runs one exchange in a server span under the caller's trace. */
async function traced(
  client: OpenAI,
  request: IncomingMessage,
  response: ServerResponse,
  door: Door,
): Promise<void> {
  const { method = 'POST', url = '/' } = request;
  const parent = propagation.extract(ROOT_CONTEXT, request.headers);
  const span = trace.getTracer('telltale-loadtest-gateway').startSpan(
    `${method} ${url}`,
    {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': method, 'http.route': url, 'url.path': url },
    },
    parent,
  );
  try {
    const { status, madeCall, endedAfterLeftMs } = await context.with(trace.setSpan(parent, span), () =>
      exchange(client, request, response, door),
    );
    span.setAttribute('http.response.status_code', status);
    span.setAttribute(madeCallName, madeCall);
    if (endedAfterLeftMs !== undefined) span.setAttribute(endedAfterLeftName, endedAfterLeftMs);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  } catch {
    // The caller went away while it was still sending: there is nobody left to answer.
    response.destroy();
    span.setAttribute(madeCallName, false);
    span.setStatus({ code: SpanStatusCode.ERROR });
  } finally {
    span.end();
  }
}
