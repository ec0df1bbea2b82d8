import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { strangerProblem } from '../../src/mock/control-guard.ts';
import { within } from '../within.ts';
import { Receipts, type ReceivedTelemetry } from './received.ts';

const unzip = promisify(gunzip);

/** Where the run receives its own telemetry, as a collector would. */
export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** What came so far. */
  received(): ReceivedTelemetry;
  close(): Promise<void>;
}

export type Signal = 'traces' | 'metrics' | 'logs';

export interface OtlpReceiverOptions {
  /** Takes each body, parsed and as text. What it throws is answered with 400. */
  readonly take: (signal: Signal, body: unknown, json: string) => void;
  /** @default a free one */
  readonly port?: number;
  /** Where what comes is counted. @default its own */
  readonly receipts?: Receipts;
}

const answerMs = 1_000;
/** How often it is looked for clients that take too long over a request: node's own minute and five are meant. */
const connectionsCheckingInterval = 1_000;
const largestBytes = 64 * 1024 * 1024;
/** About what a piece takes in memory beside its bytes. */
const pieceBytes = 256;
const signals: Readonly<Record<string, Signal>> = {
  '/v1/traces': 'traces',
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
};

/** Listens on a port of this machine, for OTLP over HTTP in JSON. */
export async function startOtlpReceiver({
  take,
  port = 0,
  receipts = new Receipts(),
}: OtlpReceiverOptions): Promise<OtlpReceiver> {
  const server = createServer({ connectionsCheckingInterval }, (request, response) => {
    receive(request, (signal, body, json) => {
      take(signal, body, json);
      receipts.take(signal, body, Date.now());
    })
      .catch(
        (error: unknown): Verdict => ({
          status: 400,
          message: error instanceof Error ? error.message : String(error),
        }),
      )
      .then(({ status, message }) => {
        if (status !== 200) receipts.refuse();
        answer(response, status, message);
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => receipts.all,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      // What was taken is answered, else its sender would send it again.
      if ((await within(closed, answerMs)) !== 'late') return;
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Verdict {
  readonly status: number;
  readonly message?: string;
}

async function receive(request: IncomingMessage, take: OtlpReceiverOptions['take']): Promise<Verdict> {
  const stranger = strangerProblem(request, '127.0.0.1', 'The receiver');
  const signal = signals[request.url ?? ''];
  const type = request.headers['content-type'] ?? '';
  const body = await readBody(request);
  if (stranger !== undefined) return { status: 403, message: stranger };
  if (!signal) return { status: 404, message: `Only ${Object.keys(signals).join(', ')} are received here.` };
  if (request.method !== 'POST') return { status: 405, message: 'OTLP is sent with POST.' };
  if (!type.startsWith('application/json')) {
    return {
      status: 415,
      message: `OTLP is received here as JSON, not as \`${type}\`: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json.`,
    };
  }
  if (!body) return { status: 413, message: 'The body is too large.' };
  const zipped = request.headers['content-encoding'] === 'gzip';
  const json = (zipped ? await unzip(body, { maxOutputLength: largestBytes }) : body).toString('utf8');
  take(signal, JSON.parse(json), json);
  return { status: 200 };
}

/** Undefined when it is too large; it is read to its end all the same, so that the sender hears why. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.byteLength + pieceBytes;
    if (bytes <= largestBytes) pieces.push(piece);
    else pieces.length = 0;
  }
  return bytes <= largestBytes ? Buffer.concat(pieces) : undefined;
}

function answer(response: ServerResponse, status: number, message: string | undefined): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(message === undefined ? {} : { message }));
}
