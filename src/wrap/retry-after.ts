/**
 * How long the server asked the client to wait, in milliseconds, as openai reads it: `retry-after-ms`, else
 * `retry-after` in seconds or as a date. Undefined when it did not ask, or asked for something the client ignores.
 */
export function retryAfterMs(headers: Headers | undefined, epochMs: number): number | undefined {
  const asked = askedMs(headers, epochMs);
  return asked !== undefined && asked >= 0 && asked <= longestObeyedMs ? asked : undefined;
}

/** openai 6.0 and 7 ignore a longer wish; 6.49 obeys it (measured), and is then reported as its own policy. */
const longestObeyedMs = 60_000;

/** The shortest that openai's own rules wait before retry `index`, of which 0 is the first. */
export function shortestWaitMs(headers: Headers | undefined, epochMs: number, index: number): number {
  return retryAfterMs(headers, epochMs) ?? Math.min(500 * 2 ** index, 8_000) * 0.75;
}

function askedMs(headers: Headers | undefined, epochMs: number): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return milliseconds;
  const text = headers?.get('retry-after');
  if (text === null || text === undefined) return undefined;
  const seconds = Number.parseFloat(text);
  const wait = Number.isNaN(seconds) ? Date.parse(text) - epochMs : seconds * 1000;
  return Number.isFinite(wait) ? wait : undefined;
}
