import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const fixtures = path.resolve(import.meta.dirname, '../../loadtest/program/fixtures');

/** Listens on a free port of 127.0.0.1 until the test is over. */
async function listen(server: Server): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket.on('error', () => {}).once('close', () => open.delete(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

export async function serve(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}`;
}

/** With a certificate that nobody trusts. */
export async function serveSecurely(listener: RequestListener): Promise<string> {
  const [cert, key] = ['localhost-cert.pem', 'localhost-key.pem'].map((name) =>
    readFileSync(path.join(fixtures, name)),
  );
  return `https://127.0.0.1:${await listen(createSecure({ cert, key }, listener))}`;
}

/** Takes connections; `talk` says what comes of them. */
export async function serveTcp(talk: (socket: Socket) => void): Promise<string> {
  return `http://127.0.0.1:${await listen(createTcp(talk))}`;
}

/** A port on which nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createTcp();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
