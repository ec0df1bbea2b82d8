import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import { registerLogs, registerMetrics, registerTracing } from '../observe/support.ts';

/** Everything that an OpenTelemetry SDK is told, as one text. */
export interface Told {
  text(): Promise<string>;
  readonly tracing: ReturnType<typeof registerTracing>;
  readonly logs: ReturnType<typeof registerLogs>;
  readonly metrics: ReturnType<typeof registerMetrics>;
}

/** Listens to every signal until the test ends. */
export function listen(): Told {
  const tracing = registerTracing();
  const logs = registerLogs();
  const metrics = registerMetrics();
  onTestFinished(async () => {
    await logs.stop();
    await metrics.stop();
    await tracing.stop();
  });
  return {
    tracing,
    logs,
    metrics,
    async text() {
      const spans = tracing.spans
        .getFinishedSpans()
        .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
      const records = logs
        .records()
        .map(({ body, attributes, severityText }) => ({ body, attributes, severityText }));
      return JSON.stringify([spans, records, await metrics.points()]);
    },
  };
}

/** As a crash prints it, and further: all that can be reached. */
export function inspected(value: unknown): string {
  return inspect(value, {
    showHidden: true,
    depth: Number.POSITIVE_INFINITY,
    maxArrayLength: 1_000,
    getters: false,
  });
}

/** A server of bytes, which does what it likes with each connection. */
export async function startRaw(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
