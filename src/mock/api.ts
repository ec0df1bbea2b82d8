import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, Ask, Body } from './answer.ts';
import { deliver, deliverRefusal } from './deliver.ts';
import { applyEffect } from './effect.ts';
import {
  malformedForm,
  malformedJson,
  missingKey,
  mockFailed,
  tooLarge,
  unknownUrl,
  wrongMethod,
} from './error-bodies.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { chooseFault, faultApplies } from './fault-choice.ts';
import { type Fault, faultName } from './faults.ts';
import { modelOf, parseBody } from './fields.ts';
import { formOf, isForm } from './form.ts';
import { enforceLimits } from './limits/enforce.ts';
import type { MockSettings } from './options.ts';
import { readBody } from './read-body.ts';
import type { ApiRequest } from './route.ts';
import type { Match } from './router.ts';
import { routeOf } from './routes.ts';
import type { Run } from './run.ts';

interface Arrival {
  readonly path: string;
  /** What stands behind the question mark. */
  readonly query: string;
  readonly run: Run;
  readonly settings: MockSettings;
}

/**
 * Answers one request to the API: first what the request itself deserves, then what the schedule does to it, and what
 * neither of them answers comes before the limits.
 */
export function serveApi(request: IncomingMessage, response: ServerResponse, arrival: Arrival): Exchange {
  const { path, run, settings } = arrival;
  const found = routeOf(request.method ?? 'GET', path);
  const endpoint = found?.endpoint ?? 'other';
  const exchange = createExchange(request, response, { run, clock: settings.clock, endpoint, path });
  readBody(request, (raw) => {
    const refusal = refusalOf(exchange, found, raw);
    if (refusal) respond(exchange, { body: undefined, answer: refusal }, settings);
    else serveRoute(exchange, found as Match, raw ?? Buffer.alloc(0), arrival);
  });
  return exchange;
}

/** What the request is refused for, whatever is in its body. */
function refusalOf(exchange: Exchange, found: ReturnType<typeof routeOf>, raw: Buffer | undefined) {
  const { method, path } = exchange.entry;
  if (!raw) return tooLarge;
  if (!found) return unknownUrl(method, path);
  if (!found.route) return wrongMethod(method, path);
  return exchange.request.headers.authorization ? undefined : missingKey;
}

function serveRoute(exchange: Exchange, match: Match, raw: Buffer, { query, run, settings }: Arrival): void {
  const { route, params } = match;
  const type = exchange.request.headers['content-type'];
  if (isForm(type) && route.takes !== 'json' && route.takes !== undefined) {
    void formOf(raw, type).then((form) => proceed(undefined, form));
  } else {
    proceed(raw.length === 0 ? undefined : parseBody(raw.toString('utf8')), undefined);
  }

  function proceed(body: Body | undefined, form: FormData | undefined): void {
    const { entry } = exchange;
    const model = form?.get('model');
    entry.model = typeof model === 'string' && model !== '' ? model : modelOf(body);
    entry.streamed = body?.['stream'] === true || form?.get('stream') === 'true' || asksForStream(query);
    const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
    const takes = route.takes ?? 'json';
    const saysJson = raw.length > 0 && type?.startsWith('application/json');
    if (hasBody && !body && !form && (takes === 'json' || (takes === 'any' && saysJson))) {
      respond(exchange, { body, answer: malformedJson }, settings);
      return;
    }
    if (route.takes === 'form' && !form) {
      respond(exchange, { body, answer: malformedForm }, settings);
      return;
    }
    const asked: ApiRequest = {
      body: body ?? {},
      params,
      query: new URLSearchParams(query),
      raw,
      form,
      ask: askOf(exchange, settings),
      world: run.world,
    };
    const answer = route.answer(asked);
    if (!(answer instanceof Promise)) {
      respond(exchange, { body, answer }, settings);
      return;
    }
    answer.then(
      (later) => respond(exchange, { body, answer: later }, settings),
      (error: unknown) => respond(exchange, { body, answer: mockFailed(error) }, settings),
    );
  }
}

interface Asked {
  readonly body: Body | undefined;
  readonly answer: Answer;
}

function respond(exchange: Exchange, { body, answer }: Asked, settings: MockSettings): void {
  const fault = answer.kind === 'refusal' ? undefined : faultOf(exchange);
  const refused = enforceLimits(exchange, { body, answer, fault });
  applyEffect(exchange, answer, refused !== undefined, fault);
  if (refused) deliverRefusal(exchange, refused);
  else if (answer.kind === 'refusal') deliverRefusal(exchange, answer);
  else {
    exchange.entry.fault = fault ? faultName(fault) : null;
    deliver(exchange, answer, fault, settings);
  }
}

/** As a GET asks. */
function asksForStream(query: string): boolean {
  return query !== '' && new URLSearchParams(query).get('stream') === 'true';
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
