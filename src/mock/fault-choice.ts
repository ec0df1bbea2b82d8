import type { Answer } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import type { Fault, KindFault } from './faults.ts';
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
  readonly attempt: number;
}

export function faultApplies(fault: Fault, { endpoint, model, attempt }: Target): boolean {
  if ('kind' in fault && fault.kind === 'refuse') return true;
  const { firstAttempts, endpoints, models } = fault;
  if (firstAttempts !== undefined && attempt >= firstAttempts) return false;
  if (endpoints && !endpoints.some((name) => name === endpoint)) return false;
  return !models || models.some((pattern) => model !== null && matches(pattern, model));
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}

/** Of which answers a fault is about; of all where it is not named here. */
const reach: { readonly [Kind in KindFault['kind']]?: 'stream' | 'whole' } = {
  drip: 'stream',
  cut: 'stream',
  'reset-midstream': 'stream',
  stall: 'stream',
  malformed: 'stream',
  'error-event': 'stream',
  duplicate: 'stream',
  'reset-body': 'whole',
  'stall-body': 'whole',
  'malformed-body': 'whole',
  'drip-body': 'whole',
  'huge-body': 'whole',
};

/** Where there is no body, its client has the whole answer with the headers. */
const breaksBody: readonly KindFault['kind'][] = [
  'reset-after-headers',
  'hang-after-headers',
  'reset-body',
  'stall-body',
  'malformed-body',
  'drip-body',
  'huge-body',
];

/** Whether the fault can be done to an answer of this kind. */
export function faultFits(fault: Fault, answer: Answer): boolean {
  if (answer.kind === 'refusal') return false;
  if (!('kind' in fault)) return true;
  if (answer.kind === 'whole' && answer.body.length === 0 && breaksBody.includes(fault.kind)) return false;
  if (fault.kind === 'no-usage') return answer.kind === 'stream' ? answer.tellsUsage : answer.usage !== null;
  return (reach[fault.kind] ?? answer.kind) === answer.kind;
}

/** Whether a fault keeps the request from the model, so that nothing is billed. */
export function sparesTheModel(fault: Fault): boolean {
  if ('status' in fault) return true;
  if ('delayMs' in fault) return false;
  return ['refuse', 'reset', 'reset-in-headers', 'hang', 'html-page'].includes(fault.kind);
}
