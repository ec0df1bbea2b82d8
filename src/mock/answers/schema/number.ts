import type { Body } from '../../answer.ts';
import { UnmakeableSchema } from './schema.ts';

/** How wide a range is that a schema leaves open. */
const OPEN_RANGE = 1_000;
const TRIES = 200;

/** A number for a schema of type `integer` or `number`. */
export function makeNumber(schema: Body, isInteger: boolean, draw: () => number): number {
  const step = given(schema, 'multipleOf') ?? (isInteger ? 1 : 0.01);
  const [least, most] = bounds(schema);
  const from = Math.ceil(least / step);
  const count = Math.floor(most / step) - from + 1;
  for (let attempt = 0; attempt < TRIES && count > 0; attempt++) {
    const value = rounded((from + Math.floor(draw() * count)) * step);
    if (fits(schema, isInteger, value)) return value;
  }
  for (let attempt = 0; attempt < TRIES && schema['multipleOf'] === undefined; attempt++) {
    // A range narrower than a step.
    const value = least + draw() * (most - least);
    if (fits(schema, isInteger, value)) return value;
  }
  throw new UnmakeableSchema(`no number was found for ${JSON.stringify(schema)}`);
}

function bounds(schema: Body): readonly [least: number, most: number] {
  const lower = highest(given(schema, 'minimum'), given(schema, 'exclusiveMinimum'));
  const upper = lowest(given(schema, 'maximum'), given(schema, 'exclusiveMaximum'));
  if (lower !== undefined && upper !== undefined) return [lower, upper];
  if (lower !== undefined) return [lower, lower + OPEN_RANGE];
  if (upper !== undefined) return [upper - OPEN_RANGE, upper];
  return [0, OPEN_RANGE];
}

function fits(schema: Body, isInteger: boolean, value: number): boolean {
  const step = given(schema, 'multipleOf');
  return (
    value >= (given(schema, 'minimum') ?? -Infinity) &&
    value <= (given(schema, 'maximum') ?? Infinity) &&
    value > (given(schema, 'exclusiveMinimum') ?? -Infinity) &&
    value < (given(schema, 'exclusiveMaximum') ?? Infinity) &&
    (!isInteger || Number.isInteger(value)) &&
    (step === undefined || Number.isInteger(value / step))
  );
}

function given(schema: Body, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === 'number' ? value : undefined;
}

function highest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function lowest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** Without the binary dust of a sum of decimals. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}
