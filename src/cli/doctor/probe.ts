import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { connectThrough } from '../../../loadtest/program/proxy.ts';
import type { Clock } from '../../clock.ts';

/** How far a request came: the first step that failed, or the answer. */
export type Probe =
  | { readonly reached: 'answer'; readonly answer: Answer }
  | {
      readonly reached: 'nothing';
      readonly failedAt: 'name' | 'connection' | 'TLS' | 'HTTP' | 'proxy';
      /** In a few words, with the system's code where there is one. */
      readonly reason: string;
    };

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** By the clock of who answered, which tells whole seconds; undefined where it does not say. */
  readonly dateMs: number | undefined;
  /** By ours: in the middle of asking and the answer. */
  readonly atMs: number;
  /** From asking to the answer. */
  readonly tookMs: number;
}

export interface Question {
  readonly url: URL;
  readonly clock: Clock;
  /** @default none: the connection is direct */
  readonly proxy?: URL | undefined;
  /** Sent as JSON; without it the question is a GET. */
  readonly json?: string;
  /** From the first step to the answer. @default 5 s */
  readonly limitMs?: number;
}

type Step = 'name' | 'connection' | 'TLS' | 'HTTP' | 'proxy';

/** Asks once, sends no key, and tells the steps apart. Never rejects, and ends in `limitMs`. */
export async function probe(question: Question): Promise<Probe> {
  const { clock, limitMs = 5_000 } = question;
  const late = new AbortController();
  const cancel = clock.schedule(() => late.abort(), limitMs, 'work');
  let step: Step = 'name';
  const opened: Socket[] = [];
  const open = <S extends Socket>(socket: S): S => {
    // What goes wrong after somebody listened for it is of no interest, and must not end the process.
    socket.on('error', () => {});
    opened.push(socket);
    return socket;
  };
  const lateError = new Promise<never>((_, reject) =>
    late.signal.addEventListener('abort', () => reject(new Error(`no answer within ${limitMs / 1_000} s`))),
  );
  // What it is raced with may have won before.
  lateError.catch(() => {});
  try {
    const at = (next: Step): void => {
      step = next;
    };
    const answer = await Promise.race([ask(question, late.signal, at, open), lateError]);
    return { reached: 'answer', answer };
  } catch (error) {
    return { reached: 'nothing', failedAt: step, reason: reasonOf(error) };
  } finally {
    cancel();
    for (const socket of opened) socket.destroy();
  }
}

async function ask(
  question: Question,
  signal: AbortSignal,
  at: (step: Step) => void,
  open: <S extends Socket>(socket: S) => S,
): Promise<Answer> {
  const { url, proxy, clock } = question;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  let socket: Socket;
  if (proxy) {
    at('proxy');
    // Through a proxy it looks up the name, and TLS is spoken with who is behind it.
    const tunnel = open(await connectThrough(proxy, url, signal));
    at('TLS');
    await secured(tunnel);
    socket = tunnel;
  } else {
    at('name');
    if (isIP(host) === 0) await lookup(host);
    at('connection');
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const plain = open(connect({ host, port }));
    await happens(plain, 'connect');
    socket = plain;
    if (url.protocol === 'https:') {
      at('TLS');
      const tls = open(connectTls({ socket: plain, host, servername: isIP(host) > 0 ? '' : host }));
      await secured(tls);
      socket = tls;
    }
  }
  at('HTTP');
  const startedMs = clock.nowMs();
  const response = await send(question, socket, signal);
  const tookMs = clock.nowMs() - startedMs;
  const { statusCode = 0, headers } = response;
  response.destroy();
  const date = Date.parse(headers.date ?? '');
  return {
    status: statusCode,
    contentType: headers['content-type'] ?? '',
    dateMs: Number.isNaN(date) ? undefined : date,
    atMs: clock.epochMs() - tookMs / 2,
    tookMs,
  };
}

async function secured(socket: TLSSocket): Promise<void> {
  if (!socket.authorized) await happens(socket, 'secureConnect');
}

function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed')));
  });
}

function send({ url, json }: Question, socket: Socket, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request({
      method: json === undefined ? 'GET' : 'POST',
      path: url.pathname + url.search,
      headers: {
        host: url.host,
        'user-agent': 'telltale-doctor',
        accept: 'application/json',
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      createConnection: () => socket,
      signal,
    });
    sent.once('response', resolve).once('error', reject).end(json);
  });
}

/** Node's codes say more, in less, than its messages, which are empty where several addresses were tried. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return (error as NodeJS.ErrnoException).code ?? error.message;
}
