import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { UsageError } from './usage-error.ts';

export function readFactor(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.05 && value <= 100) return value;
  throw new UsageError(`Expected \`--factor\` to be a number from 0.05 to 100, got \`${text}\`.`);
}

export function readInteger(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new UsageError(`Expected \`--${name}\` to be a whole number from ${min} to ${max}, got \`${text}\`.`);
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000 };

export function readDuration(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(s|m)$/.exec(text) ?? [];
  const durationMs = Number(digits) * (unitsMs[unit] ?? 0);
  if (digits !== '' && durationMs >= 4_000 && durationMs <= 30 * 60_000) return durationMs;
  throw new UsageError(
    `Expected \`--duration\` to be a time such as 60s, 90s or 2m, from 4s to 30m, got \`${text}\`.`,
  );
}

/** What a time may be, and some that it might. */
export interface TimeRange {
  readonly minMs: number;
  readonly maxMs: number;
  readonly such: string;
}

const anyTime: TimeRange = { minMs: 1, maxMs: 30 * 60_000, such: '500ms, 2s or 1m' };

export function readTime(name: string, text: string, range = anyTime): number {
  const { minMs, maxMs, such } = range;
  const [, digits = '', unit = ''] = /^(\d+)(ms|s|m)$/.exec(text) ?? [];
  const timeMs = Number(digits) * (unit === 'ms' ? 1 : (unitsMs[unit] ?? 0));
  if (digits !== '' && timeMs >= minMs && timeMs <= maxMs) return timeMs;
  throw new UsageError(
    `Expected \`--${name}\` to be a time such as ${such}, from ${sayTime(minMs)} to ${sayTime(maxMs)}, got \`${text}\`.`,
  );
}

function sayTime(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** A part of one. */
export function readPercent(name: string, text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN);
  if (percent >= 0 && percent <= 1_000) return percent / 100;
  throw new UsageError(`Expected \`--${name}\` to be a part such as 20%, from 0% to 1000%, got \`${text}\`.`);
}

export function readOneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(`Expected \`--${name}\` to be one of ${allowed.join(', ')}, got \`${text}\`.`);
}

/** Before the run, so that nobody waits a minute to hear it. */
export function readFile(name: string, text: string): string {
  const file = path.resolve(text);
  const folder = path.dirname(file);
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(
      `\`--${name}\` cannot be written: \`${folder}\` is not there or cannot be written to.`,
    );
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`Expected \`--${name}\` to be a file, \`${text}\` is a folder.`);
  }
  return file;
}
