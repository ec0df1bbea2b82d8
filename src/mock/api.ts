import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Ask, Body } from './answer.ts';
import { deliver, deliverRefusal } from './deliver.ts';
import { malformedJson, missingKey, tooLarge, unknownUrl, wrongMethod } from './error-bodies.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { chooseFault, faultApplies } from './fault-choice.ts';
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
    const answer = text === undefined ? tooLarge : answerOf(exchange, route, body, settings);
    const fault = answer.kind === 'refusal' ? undefined : faultOf(exchange);
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

/** The phase is that of the request's arrival, however long its body took. */
function faultOf({ run, entry }: Exchange): Fault | undefined {
  const { endpoint, model, streamed, callId, attempt, phaseIndex, arrivedAtMs } = entry;
  const { faults } = run.phaseAt(arrivedAtMs);
  const fault = chooseFault(faults, { seed: run.plan.seed, phaseIndex, callId, attempt });
  return fault && faultApplies(fault, { endpoint, model, streamed, attempt }) ? fault : undefined;
}
