import { checkNumber, checkObject } from '../check.ts';
import { normal, sequence } from './seeded.ts';

/**
 * How long the model takes. Each time is drawn from a log-normal distribution with the given median, as a function
 * of the seed and the call id. Zero for both times answers at once and starts no timer.
 */
export interface LatencyOptions {
  /** Median time until the first token, in milliseconds, at least 0. @default 40 */
  readonly firstTokenMs?: number;
  /** Median time between two tokens, in milliseconds, at least 0. @default 4 */
  readonly betweenTokensMs?: number;
  /** Standard deviation of the logarithm of both times, from 0 (always the median) to 2. @default 0.3 */
  readonly sigma?: number;
  /**
   * The longest that an answer in one piece may take, in milliseconds, at least 0. Such an answer otherwise takes
   * as long as the same answer streamed. @default 2000
   */
  readonly jsonMaxMs?: number;
}

export type Latency = Required<LatencyOptions>;

const defaults: Latency = { firstTokenMs: 40, betweenTokensMs: 4, sigma: 0.3, jsonMaxMs: 2_000 };

export function parseLatency(path: string, value: unknown): Latency {
  if (value === undefined) return defaults;
  const given = checkObject(path, value, Object.keys(defaults));
  function atMost(key: keyof Latency, max: number): number {
    const number = given[key];
    return number === undefined ? defaults[key] : checkNumber(`${path}.${key}`, number, { min: 0, max });
  }
  return {
    firstTokenMs: atMost('firstTokenMs', 3_600_000),
    betweenTokensMs: atMost('betweenTokensMs', 3_600_000),
    sigma: atMost('sigma', 2),
    jsonMaxMs: atMost('jsonMaxMs', 3_600_000),
  };
}

/** When each token of one answer is due, in milliseconds after the model began. */
export interface Timing {
  readonly firstTokenMs: number;
  /** One entry a token; never falling. */
  readonly tokensAtMs: readonly number[];
  /** When an answer in one piece is due. */
  readonly wholeMs: number;
}

export function timingOf(latency: Latency, seed: number, callId: string, tokens: number): Timing {
  const draw = sequence(seed, `latency ${callId}`);
  function around(medianMs: number): number {
    return medianMs === 0 ? 0 : medianMs * Math.exp(latency.sigma * normal(draw));
  }
  const firstTokenMs = around(latency.firstTokenMs);
  const tokensAtMs: number[] = [];
  let atMs = firstTokenMs;
  for (let token = 0; token < tokens; token++) {
    if (token > 0) atMs += around(latency.betweenTokensMs);
    tokensAtMs.push(atMs);
  }
  return { firstTokenMs, tokensAtMs, wholeMs: Math.min(atMs, latency.jsonMaxMs) };
}
