import type { Spread } from './model.ts';
import { percentileOfSorted } from './percentile.ts';

/** Undefined of nothing. */
export function spreadOf(valuesMs: readonly number[]): Spread | undefined {
  if (valuesMs.length === 0) return undefined;
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (part: number): number => percentileOfSorted(sorted, part);
  return { p50Ms: at(0.5), p90Ms: at(0.9), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}
