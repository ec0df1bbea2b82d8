import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { World } from '../world.ts';

export type PostResult =
  | { readonly outcome: 'delivered' | 'refused'; readonly status: number }
  | { readonly outcome: 'timeout' | 'failed' };

interface Posted {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** Posts once and follows no redirect. `done` is called once, unless the world ends before. */
export function post(
  world: World,
  { url, headers, body, timeoutMs }: Posted,
  done: (r: PostResult) => void,
): void {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  let isOver = false;
  const request = send(url, {
    method: 'POST',
    // A connection of its own for each, so that none is left over.
    agent: false,
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
  });
  const cancelTimer = world.later(timeoutMs, () => {
    settle({ outcome: 'timeout' });
    request.destroy();
  });
  const forget = world.whenOver(() => {
    isOver = true;
    request.destroy();
  });

  function settle(result: PostResult): void {
    if (isOver) return;
    isOver = true;
    done(result);
  }

  request.on('error', () => settle({ outcome: 'failed' }));
  request.on('response', (response) => {
    const { statusCode: status = 0 } = response;
    response.on('error', () => {});
    // What it says is of no interest, but to its end it is let speak, for as long as an answer is waited for.
    response.resume();
    settle({ outcome: status >= 200 && status < 300 ? 'delivered' : 'refused', status });
  });
  request.on('close', () => {
    cancelTimer();
    forget();
  });
  request.end(body);
}
