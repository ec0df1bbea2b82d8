import { parseDuration } from './duration.ts';

/** A response's headers, as `Headers` has them. */
export interface HeadersLike {
  get(name: string): string | null | undefined;
}

/** What a provider says of one of its limits. */
export interface ToldLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Until it is full again. Undefined where that was not said. */
  readonly resetMs: number | undefined;
  /** The window that follows from the three. Undefined where none does. */
  readonly windowMs: number | undefined;
}

export interface ToldLimits {
  readonly requests: ToldLimit | undefined;
  readonly tokens: ToldLimit | undefined;
  readonly projectTokens: ToldLimit | undefined;
  /** Headers that are there and make no sense. */
  readonly malformed: number;
}

const windowsMs = [1_000, 60_000, 3_600_000, 86_400_000];
const tolerance = 0.1;

/**
 * Reads `x-ratelimit-{limit,remaining,reset}-{requests,tokens,project-tokens}`. Each may be missing. Never throws: what
 * makes no sense is counted and left out.
 */
export function readRateLimitHeaders(headers: HeadersLike): ToldLimits {
  const reader = new Reader(headers);
  return {
    requests: reader.limitOf('requests'),
    tokens: reader.limitOf('tokens'),
    projectTokens: reader.limitOf('project-tokens'),
    malformed: reader.malformed,
  };
}

class Reader {
  malformed = 0;
  readonly #headers: HeadersLike;

  constructor(headers: HeadersLike) {
    this.#headers = headers;
  }

  limitOf(name: string): ToldLimit | undefined {
    const limit = this.#read(`x-ratelimit-limit-${name}`, (text) => wholeNumber(text, 1));
    const remaining = this.#read(`x-ratelimit-remaining-${name}`, (text) => wholeNumber(text, 0));
    const resetMs = this.#read(`x-ratelimit-reset-${name}`, parseDuration);
    if (limit === undefined || remaining === undefined) return undefined;
    if (remaining > limit) {
      this.malformed++;
      return undefined;
    }
    return { limit, remaining, resetMs, windowMs: inferWindow(limit, remaining, resetMs) };
  }

  #read(name: string, parse: (text: string) => number | undefined): number | undefined {
    try {
      const text = this.#headers.get(name);
      if (text === null || text === undefined) return undefined;
      const value = typeof text === 'string' ? parse(text) : undefined;
      if (value !== undefined) return value;
    } catch {
      // Headers of the caller's own making that throw are as good as malformed.
    }
    this.malformed++;
    return undefined;
  }
}

function wholeNumber(text: string, min: number): number | undefined {
  const value = /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value >= min ? value : undefined;
}

/**
 * OpenAI's limits are buckets that refill all the time, so what is gone comes back in its share of the window. Within 10 %
 * of 1 second, 1 minute, 1 hour or 1 day: the reset is rounded, and other consumers of the key blur it.
 */
function inferWindow(limit: number, remaining: number, resetMs: number | undefined): number | undefined {
  const gone = limit - remaining;
  if (resetMs === undefined || gone === 0) return undefined;
  const windowMs = (resetMs * limit) / gone;
  return windowsMs.find((known) => Math.abs(windowMs - known) <= known * tolerance);
}
