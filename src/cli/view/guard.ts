import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: number;
  readonly says: string;
}

/**
 * Why a request is not answered; undefined where it is. The page is for a browser of this machine that was given its address:
 *
 * - a name that somebody's DNS leads here (rebinding) is another `Host`;
 * - a page from elsewhere says so in `Sec-Fetch-Site` or `Origin`;
 * - whatever says neither does not know the token in the path.
 */
export function refusalOf(
  { method, headers, url = '/' }: Pick<IncomingMessage, 'method' | 'headers' | 'url'>,
  port: number,
  token: string,
): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (headers.host === undefined || !hosts.includes(headers.host.toLowerCase()))
    return { status: 403, says: 'This page is at 127.0.0.1 only.' };
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, says: 'Only GET.' };
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return { status: 403, says: 'Not for other sites.' };
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return { status: 403, says: 'Not for other sites.' };
  const [, given = ''] = url.split('/');
  if (!isSame(given, token)) return { status: 404, says: 'Open the address that the command printed.' };
  return undefined;
}

/** In the same time, however much of it is right. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}

/** Nothing from elsewhere, nothing inline, in no frame, kept by nobody. */
export const safeHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;
