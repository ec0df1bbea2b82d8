import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { GatewayLeft } from '../books/left.ts';
import { pause } from '../within.ts';

/** Counts the requests of `fetch` that are on a socket. */
export interface RequestWatch {
  /** So many have left and not ended. */
  underWay(): number;
  stop(): void;
}

interface Told {
  readonly request: { readonly origin?: unknown };
}

/**
 * Watches the requests to one origin, as Node's own `fetch` tells of them: a request ends when the last byte of its answer
 * has come, or when it is given up.
 */
export function watchRequests(origin: string): RequestWatch {
  const sent = new Set<object>();
  const begin = (message: unknown): void => {
    const { request } = message as Told;
    if (String(request.origin) === origin) sent.add(request);
  };
  const end = (message: unknown): void => void sent.delete((message as Told).request);
  const listeners = [
    ['undici:client:sendHeaders', begin],
    ['undici:request:trailers', end],
    ['undici:request:error', end],
  ] as const;
  for (const [channel, listener] of listeners) subscribe(channel, listener);
  return {
    underWay: () => sent.size,
    stop() {
      for (const [channel, listener] of listeners) unsubscribe(channel, listener);
    },
  };
}

/** To the runner, and to a terminal. */
const ofTheProcess: ReadonlySet<string> = new Set(['PipeWrap', 'TTYWrap', 'Pipe']);

/** What keeps this process alive beside its pipes. */
export function heldResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo())
    if (!ofTheProcess.has(name)) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const settledMs = 3_000;
const lookEveryMs = 50;

/** What is left as soon as that is nothing, else after a few seconds: a connection takes a moment to close. */
export async function whatIsLeft(look: () => GatewayLeft): Promise<GatewayLeft> {
  const untilMs = performance.now() + settledMs;
  let left = look();
  while (!isNothing(left) && performance.now() < untilMs) {
    await pause(lookEveryMs);
    left = look();
  }
  return left;
}

function isNothing({ openCalls, requests, resources }: GatewayLeft): boolean {
  return openCalls === 0 && requests === 0 && Object.keys(resources).length === 0;
}
