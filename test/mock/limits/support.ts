import { type Asked, createGate, type Gate } from '../../../src/mock/limits/gate.ts';
import { type LimitOptions, noLimits } from '../../../src/mock/limits/limit.ts';

export function gateOf(options: LimitOptions): Gate {
  return createGate({ ...noLimits, ...options });
}

export function ask(nowMs: number, tokens = 1, model: string | null = 'gpt-5-mini', key = 'a'): Asked {
  return { nowUs: nowMs * 1_000, key, model, tokens };
}

export function admits(gate: Gate, asked: Asked): boolean {
  return gate.admit(asked).refusal === undefined;
}
