import type { Endpoint } from './endpoint.ts';
import type { Fault } from './faults.ts';
import { uniform } from './seeded.ts';

/** What a request has, as far as the choice of its fault depends on it. */
export interface Draw {
  readonly seed: number;
  readonly phaseIndex: number;
  readonly callId: string;
  /** How many requests with this call id arrived before it. */
  readonly attempt: number;
}

/** Which slice the request falls into: a pure function of the draw, whatever its model or endpoint. */
export function chooseFault(faults: readonly Fault[], draw: Draw): Fault | undefined {
  if (faults.length === 0) return undefined;
  const { seed, phaseIndex, callId, attempt } = draw;
  let left = uniform(seed, `fault ${phaseIndex} ${attempt} ${callId}`);
  for (const fault of faults) {
    if (left < fault.rate) return fault;
    left -= fault.rate;
  }
  return undefined;
}

/** What a request is, as far as it decides whether a fault applies. */
export interface Target {
  readonly endpoint: Endpoint;
  readonly model: string | null;
  readonly streamed: boolean;
  readonly attempt: number;
}

export function faultApplies(fault: Fault, { endpoint, model, streamed, attempt }: Target): boolean {
  if (fault.firstAttempts !== undefined && attempt >= fault.firstAttempts) return false;
  if (fault.endpoints && !fault.endpoints.some((name) => name === endpoint)) return false;
  if (fault.models && !fault.models.some((pattern) => model !== null && matches(pattern, model)))
    return false;
  return streamed || !('kind' in fault) || fault.kind === 'reset' || fault.kind === 'hang';
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}
