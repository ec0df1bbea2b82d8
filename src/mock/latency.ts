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
  /**
   * How many times longer both times are when `loadCapacity` requests are at work, this one included. Alone a request
   * takes its usual time, and in between, and beyond, it grows evenly with each request that is at work when it begins.
   * From 1 to 1000. @default 1
   */
  readonly loadFactor?: number;
  /** See `loadFactor`. An integer of at least 2. @default 100 */
  readonly loadCapacity?: number;
}

export type Latency = Required<LatencyOptions>;

const defaults: Latency = {
  firstTokenMs: 40,
  betweenTokensMs: 4,
  sigma: 0.3,
  jsonMaxMs: 2_000,
  loadFactor: 1,
  loadCapacity: 100,
};

export function parseLatency(path: string, value: unknown): Latency {
  if (value === undefined) return defaults;
  const given = checkObject(path, value, Object.keys(defaults));
  function within(key: keyof Latency, min: number, max: number, integer = false): number {
    const number = given[key];
    return number === undefined
      ? defaults[key]
      : checkNumber(`${path}.${key}`, number, { min, max, integer });
  }
  return {
    firstTokenMs: within('firstTokenMs', 0, 3_600_000),
    betweenTokensMs: within('betweenTokensMs', 0, 3_600_000),
    sigma: within('sigma', 0, 2),
    jsonMaxMs: within('jsonMaxMs', 0, 3_600_000),
    loadFactor: within('loadFactor', 1, 1_000),
    loadCapacity: within('loadCapacity', 2, Number.MAX_SAFE_INTEGER, true),
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

/** One answer, as far as its times depend on it. */
export interface Pace {
  readonly seed: number;
  readonly callId: string;
  readonly tokens: number;
  /** How many requests are at work, this one included. @default 1 */
  readonly atWork?: number;
  /** How much later than usual the model begins. @default 0 */
  readonly delayMs?: number;
}

export function timingOf(latency: Latency, { seed, callId, tokens, atWork = 1, delayMs = 0 }: Pace): Timing {
  const draw = sequence(seed, `latency ${callId}`);
  const factor = 1 + ((latency.loadFactor - 1) * (atWork - 1)) / (latency.loadCapacity - 1);
  function around(medianMs: number): number {
    return medianMs === 0 ? 0 : medianMs * factor * Math.exp(latency.sigma * normal(draw));
  }
  const firstTokenMs = delayMs + around(latency.firstTokenMs);
  const tokensAtMs: number[] = [];
  let atMs = firstTokenMs;
  for (let token = 0; token < tokens; token++) {
    if (token > 0) atMs += around(latency.betweenTokensMs);
    tokensAtMs.push(atMs);
  }
  return { firstTokenMs, tokensAtMs, wholeMs: Math.min(atMs, delayMs + latency.jsonMaxMs) };
}
