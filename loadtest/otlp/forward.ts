import pLimit from 'p-limit';
import { shownAddress } from '../../src/outside-word.ts';
import { UsageError } from '../usage-error.ts';
import { within } from '../within.ts';

/** Passes telemetry on to a collector; never in the way of the run. */
export interface Forwarder {
  forward(path: string, json: string): void;
  /** Bodies that did not arrive. */
  failures(): number;
  /** Waits for what is under way, at most this long. */
  flush(timeoutMs: number): Promise<void>;
}

/** Where telemetry is to be sent besides. */
export interface Collector {
  /** Its OTLP/HTTP address, such as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ForwarderOptions extends Collector {
  /** Told once, when the first body does not arrive. */
  readonly say: (message: string) => void;
  readonly timeoutMs?: number;
}

/** More than this waiting means that the collector cannot keep up: the rest is counted as failed. */
const mostWaiting = 500;

export function createForwarder(options: ForwarderOptions): Forwarder {
  const { endpoint, headers, say, timeoutMs = 5_000 } = options;
  const base = endpoint.replace(/\/+$/, '');
  const limit = pLimit(4);
  const underWay = new Set<Promise<void>>();
  let failures = 0;

  function failed(why: string): void {
    failures++;
    if (failures > 1) return;
    say(
      `The collector at ${shownAddress(base)} does not take the telemetry (${why}). The run goes on, its own books are whole.`,
    );
  }

  async function post(path: string, json: string): Promise<void> {
    try {
      const response = await fetch(base + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: json,
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.arrayBuffer();
      if (!response.ok) failed(`HTTP ${response.status}`);
    } catch (error) {
      failed(reasonOf(error));
    }
  }

  return {
    forward(path, json) {
      if (limit.pendingCount >= mostWaiting) return failed('it is too slow');
      const sent = limit(() => post(path, json)).finally(() => underWay.delete(sent));
      underWay.add(sent);
    },
    failures: () => failures,
    async flush(flushMs) {
      const result = await within(Promise.all(underWay), flushMs);
      if (result !== 'late') return;
      limit.clearQueue();
      failures += underWay.size;
    },
  };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (error.name === 'TimeoutError') return 'no answer in time';
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  // `fetch` repeats an address with a password in it.
  return code ?? error.message.replace(/\w+:\/\/\S*/g, shownAddress);
}

/** The collector that the variables of every OpenTelemetry exporter name; undefined where they name none. */
export function collectorFromEnv(env: NodeJS.ProcessEnv): Collector | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined || endpoint === '') return undefined;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new UsageError(
      `Expected OTEL_EXPORTER_OTLP_ENDPOINT to be a URL such as http://127.0.0.1:4318, got \`${shownAddress(endpoint)}\`.`,
    );
  }
  return { endpoint, headers: readHeaders(env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '') };
}

/** `name=value,name=value`, values percent-encoded. */
export function readHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, Math.max(at, 0)).trim();
    if (name !== '') headers[name.toLowerCase()] = decode(pair.slice(at + 1).trim());
  }
  return headers;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
