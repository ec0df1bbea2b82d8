import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Endpoint } from './endpoint.ts';
import { commonHeaders } from './headers.ts';
import type { LedgerEnd, OpenEntry } from './ledger.ts';
import type { Run } from './run.ts';
import { hexadecimal } from './seeded.ts';

/** One request and its answer, with the ledger's entry for them. It notes its own end. */
export interface Exchange {
  readonly run: Run;
  readonly entry: OpenEntry;
  readonly request: IncomingMessage;
  /** Runs `task` after `delayMs`, at once when that is 0 or less; never after the end. */
  after(delayMs: number, task: () => void): void;
  /** Adds to the headers of the answer. */
  tell(headers: OutgoingHttpHeaders): void;
  /** Sends headers, with those that every answer has and those that were told. */
  head(status: number, headers: OutgoingHttpHeaders): void;
  /** Sends a part of the body; `sent` runs once the network has it. */
  write(text: string, sent?: () => void): void;
  /** Sends the last part and ends. A `cut` is an end that the client cannot tell from a finished stream. */
  end(text: string | Buffer, as: 'complete' | 'cut'): void;
  /** Destroys the connection, as a fault: with an RST packet, or so that what was sent before still arrives. */
  destroy(how: 'at-once' | 'after-data'): void;
  /** Runs `task` once the entry has its end, at once where it has. */
  whenEnded(task: () => void): void;
}

/** Begins the ledger's entry. */
export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  { run, clock, endpoint, path }: { run: Run; clock: Clock; endpoint: Endpoint; path: string },
): Exchange {
  const entry = arrival(request, run, endpoint, path);
  let plannedEnd: LedgerEnd = 'complete';
  let cancel: (() => void) | undefined;
  let told: OutgoingHttpHeaders = {};

  // Fires exactly once: after the last byte was handed over, or when the connection closed before that.
  response.once('close', function ended() {
    cancel?.();
    const whole = response.writableFinished;
    entry.end = whole || plannedEnd === 'reset' ? plannedEnd : 'client-closed';
    entry.endedAtMs = run.elapsedMs();
  });

  // A write that meets a connection closed a moment ago: the close above is what it means.
  response.on('error', () => {});

  return {
    run,
    entry,
    request,
    after(delayMs, task) {
      if (response.destroyed) return;
      if (delayMs > 0) cancel = clock.schedule(task, delayMs, 'work');
      else task();
    },
    tell(headers) {
      told = { ...told, ...headers };
    },
    head(status, headers) {
      entry.status = status;
      entry.headersAtMs = run.elapsedMs();
      response.writeHead(status, {
        ...commonHeaders(entry.requestId, entry.headersAtMs - entry.arrivedAtMs),
        ...told,
        ...headers,
      });
    },
    write(text, sent) {
      response.write(text, sent);
    },
    end(text, as) {
      plannedEnd = as;
      response.end(text);
    },
    destroy(how) {
      if (response.destroyed) return;
      plannedEnd = 'reset';
      if (how === 'at-once') request.socket.resetAndDestroy();
      else request.socket.destroy();
    },
    whenEnded(task) {
      // After the listener above: listeners run in the order in which they were added.
      if (entry.endedAtMs === undefined) response.once('close', task);
      else task();
    },
  };
}

function arrival(request: IncomingMessage, run: Run, endpoint: Endpoint, path: string): OpenEntry {
  const { headers, method = 'GET' } = request;
  const { callId, attempt } = run.arrive(headerOf(request, 'x-call-id'));
  const arrivedAtMs = run.elapsedMs();
  const phase = run.phaseAt(arrivedAtMs);
  const retryCount = Number(headerOf(request, 'x-stainless-retry-count') ?? Number.NaN);
  const idempotencyKey = headerOf(request, 'idempotency-key');
  const { traceparent } = headers;
  const seq = run.entries.length;
  return run.record({
    callId,
    attempt,
    requestId: `req_${hexadecimal(run.plan.seed, `request ${seq}`, 32)}`,
    method,
    path,
    endpoint,
    model: null,
    streamed: false,
    phase: phase.name,
    phaseIndex: phase.index,
    arrivedAtMs,
    fault: null,
    status: null,
    usage: null,
    usageSent: false,
    finishReason: null,
    chunksSent: 0,
    end: 'pending',
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(Number.isInteger(retryCount) ? { retryCount } : {}),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
