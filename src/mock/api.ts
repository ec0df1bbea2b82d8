import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Answer, Ask, Body } from './answer.ts';
import { deliver, deliverRefusal } from './deliver.ts';
import { malformedJson, missingKey, tooLarge, unknownUrl, wrongMethod } from './error-bodies.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { chooseFault, faultApplies, faultFits } from './fault-choice.ts';
import { type Fault, faultName } from './faults.ts';
import { modelOf, parseBody } from './fields.ts';
import { enforceLimits } from './limits/enforce.ts';
import type { MockSettings } from './options.ts';
import { readBody } from './read-body.ts';
import { type Route, routeOf } from './routes.ts';
import type { Run } from './run.ts';

/**
 * Answers one request to the API: first what the request itself deserves, then what the schedule does to it, and what
 * neither of them answers comes before the limits.
 */
export function serveApi(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  run: Run,
  settings: MockSettings,
): Exchange {
  const { clock } = settings;
  const route = routeOf(path);
  const exchange = createExchange(request, response, {
    run,
    clock,
    endpoint: route?.endpoint ?? 'other',
    path,
  });
  readBody(request, (text) => {
    const body = text === undefined ? undefined : parseBody(text);
    exchange.entry.model = modelOf(body);
    exchange.entry.streamed = body?.['stream'] === true;
    const drawn = faultOf(exchange);
    const asked = underSkew(drawn, settings);
    const answer = text === undefined ? tooLarge : answerOf(exchange, route, body, asked);
    const fault = drawn && faultFits(drawn, answer) ? drawn : undefined;
    const refused = enforceLimits(exchange, { body, answer, fault });
    if (refused) return deliverRefusal(exchange, refused);
    if (answer.kind === 'refusal') return deliverRefusal(exchange, answer);
    exchange.entry.fault = fault ? faultName(fault) : null;
    deliver(exchange, answer, fault, settings);
  });
  return exchange;
}

function answerOf(
  exchange: Exchange,
  route: Route | undefined,
  body: Body | undefined,
  settings: MockSettings,
): Answer {
  const { method, path } = exchange.entry;
  if (!route) return unknownUrl(method, path);
  if (route.method !== method) return wrongMethod(method, path);
  if (!exchange.request.headers.authorization) return missingKey;
  if (route.method === 'GET') return route.answer();
  return body ? route.answer(body, askOf(exchange, settings)) : malformedJson;
}

function askOf({ run, entry }: Exchange, settings: MockSettings): Ask {
  const { clock, outputTokens, refuseStreamOptions } = settings;
  const { callId, attempt } = entry;
  return { seed: run.plan.seed, callId, attempt, clock, outputTokens, refuseStreamOptions };
}

function faultOf({ run, entry, phase }: Exchange): Fault | undefined {
  const { endpoint, model, callId, attempt } = entry;
  const draw = { seed: run.plan.seed, phaseIndex: phase.index, callId, attempt };
  const fault = chooseFault(phase.faults, draw);
  return fault && faultApplies(fault, { endpoint, model, attempt }) ? fault : undefined;
}

/** The answer believes in the provider's clock, which a fault may have put wrong. */
function underSkew(fault: Fault | undefined, settings: MockSettings): MockSettings {
  if (!fault || !('kind' in fault) || fault.kind !== 'clock-skew') return settings;
  const { clock } = settings;
  const skewed: Clock = {
    nowMs: () => clock.nowMs(),
    epochMs: () => clock.epochMs() + fault.skewMs,
    random: () => clock.random(),
    schedule: (...task) => clock.schedule(...task),
  };
  return { ...settings, clock: skewed };
}
