import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the server does with one request. */
export type Step = (response: ServerResponse, request: IncomingMessage) => void;

export interface StepsServer {
  readonly url: string;
  /** Requests that came, in order. */
  readonly requests: readonly IncomingMessage[];
  /** Of each request that was closed before its answer was whole, its number. */
  readonly brokenOff: readonly number[];
}

/** A server that does with each request what its step says; the last step is for all that follow. */
export async function startSteps(steps: readonly Step[]): Promise<StepsServer> {
  const requests: IncomingMessage[] = [];
  const brokenOff: number[] = [];
  const server = createServer((request, response) => {
    const index = requests.push(request) - 1;
    request.resume();
    response.on('close', () => {
      if (!response.writableFinished) brokenOff.push(index);
    });
    (steps[index] ?? steps.at(-1))?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, requests, brokenOff };
}

export const json =
  (status: number, body: object, headers: Record<string, string> = {}): Step =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

export const fails = (status: number, headers?: Record<string, string>, error: object = {}): Step =>
  json(status, { error: { message: 'no', ...error } }, headers);

export const answers: Step = json(200, {
  id: 'a',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
});

export const resets: Step = (_response, request) => {
  request.socket.destroy();
};

export const hangs: Step = () => {};

const chunk = (delta: object, finishReason: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: finishReason }] })}\n\n`;

export const role = chunk({ role: 'assistant', content: '' });
export const finish = `${chunk({}, 'stop')}data: [DONE]\n\n`;
export const text = (content: string): string => chunk({ content });

/** Sends pieces of a stream, and then ends as it is told. */
export const streams =
  (pieces: readonly string[], then: 'end' | 'reset' | 'hang' = 'end'): Step =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const next = (index: number): void => {
      const piece = pieces[index];
      if (piece !== undefined) {
        response.write(piece, () => setImmediate(next, index + 1));
        return;
      }
      if (then === 'end') response.end();
      if (then === 'reset') setTimeout(() => response.socket?.destroy(), 20);
    };
    next(0);
  };
