import type { Call } from '../../src/index.ts';
import type { Run } from './perform-plan.ts';
import type { Act, Plan } from './plan.ts';
import type { Truth } from './truth.ts';

/** All that is known of a run when what was told of it is judged. */
export interface Facts {
  readonly plan: Plan;
  readonly run: Run;
  readonly truth: Truth;
  readonly call: Readonly<Call>;
  readonly major: 6 | 7;
}

const does = ({ use }: Plan, ...names: Act['do'][]): boolean =>
  use.how === 'raw' && use.acts.some((act) => names.includes(act.do));
const clientErrorName = ({ clientError }: Run): unknown => (clientError as Error | undefined)?.name;

/** Where bare and observed client are known to differ and nobody has mended it yet: these plans are not made. */
export const knownDifferences: Readonly<Record<string, (plan: Plan) => boolean>> = {};

/** Where what is told of a call is known not to be true, and nobody has mended it yet. */
export const knownLies: Readonly<Record<string, (facts: Facts) => boolean>> = {
  'a chunk that cannot be parsed is ok, where [DONE] came in the same piece': ({ run, truth, call }) =>
    clientErrorName(run) === 'SyntaxError' &&
    truth.wire.includes('[DONE]') &&
    ['ok', 'empty', 'truncated'].includes(String(call.outcome)),
  'a stream without a body is ok': ({ run, call }) =>
    /no body/.test(String(run.clientError)) && call.outcome === 'ok',
  'a stream that is read as a blob is truncated': ({ plan, call }) =>
    does(plan, 'blob') && (call.outcome === 'truncated' || call.usage.source !== 'provider'),
  'a [DONE] whose last line end is cut in two is not read': ({ truth, call }) =>
    /\[DONE\]$/.test(truth.wire) && call.outcome === 'cancelled',
  'an event without a blank line behind it counts, though openai 6 drops it': ({ truth, major }) =>
    major === 6 && truth.unterminated,
  'a body that is locked was cancelled by a cancel() that was refused': ({ plan, call }) =>
    does(plan, 'cancel') && call.outcome === 'cancelled',
  'a [DONE] with something behind it is none, though openai 6 takes it for one': ({ truth, call, major }) =>
    major === 6 && /\[DONE\][^d:]/.test(truth.wire) && !['ok', 'empty'].includes(String(call.outcome)),
  'a connection that breaks in a pipe was cancelled': ({ plan, call }) =>
    does(plan, 'pipeThrough', 'pipeTo') && call.outcome === 'cancelled',
  'an answer that lies unread when its caller aborts is abandoned': ({ run, call }) =>
    run.aborted && call.outcome === 'abandoned',
};

export function isKnown(plan: Plan): boolean {
  return Object.values(knownDifferences).some((is) => is(plan));
}

export function isKnownLie(facts: Facts): boolean {
  return Object.values(knownLies).some((is) => is(facts));
}
