import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Stands where Jaeger would: takes traces by OTLP/HTTP, and refuses some for good, so that the collector has lost some. */
export interface TraceSink {
  readonly url: string;
  /** Whether a span of this trace has arrived. */
  has(traceId: string): boolean;
  close(): Promise<void>;
}

const refusedEvery = 3;

export async function startTraceSink(): Promise<TraceSink> {
  const bodies: Buffer[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    const body = await read(request);
    const isRefused = ++requests % refusedEvery === 0;
    if (!isRefused) bodies.push(body);
    response.writeHead(isRefused ? 400 : 200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    has: (traceId) => {
      const bytes = Buffer.from(traceId, 'hex');
      return bodies.some((body) => body.includes(bytes));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
