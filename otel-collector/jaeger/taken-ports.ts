import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Ports } from './options.ts';

const answerMs = 2_000;

const uses = [
  { name: 'http', option: '--http-port', what: 'OTLP over HTTP' },
  { name: 'grpc', option: '--grpc-port', what: 'OTLP over gRPC' },
  { name: 'ui', option: '--ui-port', what: 'its pages' },
] as const satisfies readonly {
  readonly name: keyof Ports;
  readonly option: string;
  readonly what: string;
}[];

/** Why Jaeger could not listen where it is to, and the way out; undefined where it can. */
export async function portProblem(ports: Ports): Promise<string | undefined> {
  const asked = await Promise.all(
    uses.map(async (use) => ({ ...use, port: ports[use.name], why: await whyNot(ports[use.name]) })),
  );
  const unusable = asked.filter(({ why }) => why !== undefined);
  if (unusable.length === 0) return undefined;
  const named = unusable.map(({ port, what, why }) => `${port} (for ${what}) ${why}`);
  const others = unusable.map(({ option, port }) => `${option} ${otherThan(port)}`).join(' ');
  const wayOut = (await answersAsJaeger(ports.ui))
    ? `A Jaeger answers at http://127.0.0.1:${ports.ui} already: open that`
    : 'End what listens there (for the compose stack: docker compose down)';
  return [
    `Jaeger cannot listen on 127.0.0.1: port ${named.join(', port ')}.`,
    `${wayOut}, or choose other ports: npm run jaeger -- ${others}`,
  ].join('\n');
}

function otherThan(port: number): number {
  return port < 50_000 ? port + 10_000 : port - 10_000;
}

/** Listening alone would not tell everywhere: some systems let two listen, one on all addresses. */
async function whyNot(port: number): Promise<string | undefined> {
  if (await accepts(port)) return 'is taken';
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${error.code})`),
    );
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: answerMs });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}

/** Whether Jaeger's own question for the names of services is answered. */
export function answersAsJaeger(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: '127.0.0.1', port, path: '/api/services', agent: false, timeout: answerMs },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
          if (text.length > 65_536) response.destroy();
        });
        response.once('close', () => resolve(response.statusCode === 200 && text.includes('"data"')));
      },
    );
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
