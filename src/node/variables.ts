import { checkNumber } from '../check.ts';

interface Range {
  readonly min: number;
  readonly max?: number;
  readonly integer: true;
}

/** Where an option's value comes from when it is not given: the first of `variables` that is set, or `fallback`. */
export interface NumberSource {
  readonly variables: readonly string[];
  readonly fallback: number;
  readonly range: Range;
}

export const delayRange = { min: 1, max: 2_147_483_647, integer: true } as const;
export const countRange = { min: 1, integer: true } as const;

/** A variable's value; undefined when it is not set or empty. */
export function variable(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}

export function numberFrom(
  environment: NodeJS.ProcessEnv,
  path: string,
  given: unknown,
  { variables, fallback, range }: NumberSource,
): number {
  if (given !== undefined) return checkNumber(path, given, range);
  for (const name of variables) {
    const value = numberIn(environment, name, range);
    if (value !== undefined) return value;
  }
  return fallback;
}

/** The number in a variable; undefined when it is not set or empty. */
export function numberIn(environment: NodeJS.ProcessEnv, name: string, range: Range): number | undefined {
  const text = variable(environment, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  return checkNumber(name, Number.isNaN(value) ? text : value, range);
}
