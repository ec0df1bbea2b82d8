import type { OutgoingHttpHeaders } from 'node:http';
import type { Answer, Body, Refusal } from '../answer.ts';
import type { Exchange } from '../exchange.ts';
import { sparesTheModel } from '../fault-choice.ts';
import type { Fault } from '../faults.ts';
import { limitHeaders, retryAfterHeaders } from '../headers.ts';
import type { RefusedBy } from '../ledger.ts';
import { estimateOf } from './estimate.ts';
import type { Asked, Gate, LimitRefusal } from './gate.ts';
import { refusalBody } from './refusal-body.ts';

/**
 * Puts a request before the run's limits and gives the 429 with which they refuse it. A request that gets no answer
 * of a model, because of what it says or by a fault, is refused by no limit: it counts as a request.
 */
export function enforceLimits(
  exchange: Exchange,
  { body, answer, fault }: { body: Body | undefined; answer: Answer; fault: Fault | undefined },
): Refusal | undefined {
  const { run, entry } = exchange;
  const { gate } = run;
  const key = exchange.request.headers.authorization;
  if (!gate || !key || !isLimited(exchange)) return undefined;
  const reaches = answer.kind !== 'refusal' && !(fault && sparesTheModel(fault));
  const tokens = reaches && body ? estimateOf(entry.endpoint, body, answer) : 0;
  const asked: Asked = { nowUs: microseconds(run.elapsedMs()), key, model: entry.model, tokens };
  const admission = reaches ? gate.admit(asked) : undefined;
  if (!admission) gate.count(asked);
  exchange.tell(quotaHeaders(gate, asked));
  const refused = admission?.refusal;
  entry.rateLimit = {
    atMs: asked.nowUs / 1_000,
    key: gate.keyNumber(key),
    outcome: refused ? 'refused' : admission ? 'admitted' : 'counted',
    requests: refused && !gate.plan.countRefused ? 0 : 1,
    tokens: refused ? 0 : tokens,
    ...(refused ? { refusedBy: recordOf(refused) } : {}),
  };
  if (refused) return answerOf(exchange, refused);
  if (!admission) return undefined;
  const settle = (): void => {
    const { usage, rateLimit } = entry;
    // Where no answer began it is not known what was used, and what was taken stays taken.
    if (!usage || !rateLimit) return;
    const actualTokens = usage.inputTokens + usage.outputTokens;
    admission.settle(microseconds(run.elapsedMs()), actualTokens);
    entry.rateLimit = { ...rateLimit, actualTokens };
  };
  // What goes on in the background is paid for at its end.
  exchange.whenEnded(() => run.world.afterJob(entry, settle));
  return undefined;
}

/** Where a model is asked. */
function isLimited({ entry: { endpoint, method, path } }: Exchange): boolean {
  if (method !== 'POST') return false;
  // What is below a response (to cancel it, to count) asks no model.
  if (endpoint === 'responses') return /\/responses(\/compact)?$/.test(path);
  return endpoint === 'chat' || endpoint === 'embeddings';
}

/** The run's time is given to the microsecond. */
function microseconds(elapsedMs: number): number {
  return Math.round(elapsedMs * 1_000);
}

function quotaHeaders(gate: Gate, asked: Asked): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders[] = gate
    .quotas(asked)
    .map(({ unit, limit, remaining, resetMs }) =>
      limitHeaders(unit, { limit, remaining: Math.max(0, remaining), resetMs }),
    );
  return Object.assign({}, ...headers);
}

function answerOf(exchange: Exchange, refusal: LimitRefusal): Refusal {
  if (refusal.saidMs !== undefined) {
    const { headers, toldMs } = retryAfterHeaders(refusal.waitMs, 'both');
    exchange.tell(headers);
    exchange.entry.retryAfterMs = toldMs;
  }
  return { kind: 'refusal', status: 429, body: refusalBody(exchange.entry.model, refusal) };
}

function recordOf({ rule, used, requested, saidMs }: LimitRefusal): RefusedBy {
  const { index, perSecond } = rule;
  return { limit: index, perSecond, used, requested, tooLarge: saidMs === undefined };
}
