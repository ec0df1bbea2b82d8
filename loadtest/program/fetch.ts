import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { DownloadLimits } from './context.ts';
import { connectThrough, proxyFor } from './proxy.ts';

/** How a file is fetched. */
export interface FetchSettings {
  /** Where the proxy is named. */
  readonly env: NodeJS.ProcessEnv;
  readonly limits: DownloadLimits;
}

const mostRedirects = 5;

/** Fetches a short text. */
export async function fetchText(url: URL, settings: FetchSettings): Promise<string> {
  const body = await get(url, settings);
  return text(body).catch((error: unknown) => {
    throw new Error(`${url.host} broke off its answer (${reasonOf(error)})`);
  });
}

/**
 * Fetches into `file` and gives its SHA-256 in hexadecimal. `onBytes` is told how many bytes there are and how many
 * there will be, where the server says so.
 */
export async function fetchFile(
  url: URL,
  file: string,
  settings: FetchSettings,
  onBytes: (bytes: number, ofBytes: number | undefined) => void,
): Promise<string> {
  const body = await get(url, settings);
  const ofBytes = Number(body.headers['content-length']) || undefined;
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(bytes, ofBytes);
      yield chunk;
    }
  }
  await pipeline(body, counted, createWriteStream(file)).catch((error: unknown) => {
    throw new Error(`the download broke off after ${bytes} bytes (${reasonOf(error)})`);
  });
  return hash.digest('hex');
}

/** The body of a 200, wherever redirects lead; its silence is bounded by `stallMs`. */
async function get(url: URL, settings: FetchSettings, redirects = 0): Promise<IncomingMessage> {
  const { answerMs, stallMs } = settings.limits;
  const response = await answerOf(url, settings, answerMs);
  const status = response.statusCode ?? 0;
  const location = response.headers.location;
  if (status >= 300 && status < 400 && location !== undefined) {
    response.destroy();
    const next = new URL(location, url);
    if (url.protocol === 'https:' && next.protocol !== 'https:') {
      throw new Error(`${url.host} redirects to an address that is not https`);
    }
    if (redirects === mostRedirects) throw new Error(`${url.host} redirects without end`);
    return get(next, settings, redirects + 1);
  }
  if (status !== 200) {
    response.destroy();
    throw new Error(`HTTP ${status} from ${url.href}`);
  }
  response.setTimeout(stallMs, () => response.destroy(new Error(`no data for ${stallMs / 1_000} s`)));
  return response;
}

async function answerOf(url: URL, settings: FetchSettings, answerMs: number): Promise<IncomingMessage> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), answerMs);
  try {
    const proxy = proxyFor(url, settings.env);
    const socket = proxy && (await connectThrough(proxy, url, late.signal));
    return await ask(url, {
      signal: late.signal,
      headers: { 'user-agent': 'telltale' },
      ...(socket ? { createConnection: () => socket } : { agent: false }),
    });
  } catch (error) {
    if (late.signal.aborted) throw new Error(`no answer from ${url.host} within ${answerMs / 1_000} s`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function ask(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    request(url, options)
      .once('response', resolve)
      .once('error', (error) => reject(new Error(`${url.host} cannot be reached (${reasonOf(error)})`)))
      .end();
  });
}

/** Node's system codes say more, in less, than its messages, which are empty when several addresses were tried. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== undefined && /CERT|ISSUER|SIGNATURE/.test(code)) {
    return `${code}; NODE_EXTRA_CA_CERTS can name the certificate of a proxy that opens TLS`;
  }
  return code ?? error.message;
}
