import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Answer, Ask, Body } from './answer.ts';
import { deliver, deliverRefusal } from './deliver.ts';
import { applyEffect } from './effect.ts';
import {
  malformedForm,
  malformedJson,
  missingKey,
  mockFailed,
  tooDeep,
  tooLarge,
  unknownUrl,
  wrongMethod,
} from './error-bodies.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { chooseFault, faultApplies, faultFits } from './fault-choice.ts';
import { type Fault, faultName } from './faults.ts';
import { isTooDeep, modelOf, parseBody } from './fields.ts';
import { formOf, isForm } from './form.ts';
import { enforceLimits } from './limits/enforce.ts';
import type { MockSettings } from './options.ts';
import { readBody } from './read-body.ts';
import type { ApiRequest, Route } from './route.ts';
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
    if (refusal) respond(exchange, { body: undefined, answer: refusal, drawn: undefined }, settings);
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
    const text = raw.toString('utf8');
    if (takesJson(match.route, type) && isTooDeep(text)) {
      respond(exchange, { body: undefined, answer: tooDeep, drawn: undefined }, settings);
      return;
    }
    proceed(raw.length === 0 ? undefined : parseBody(text), undefined);
  }

  function proceed(body: Body | undefined, form: FormData | undefined): void {
    const { entry } = exchange;
    const model = form?.get('model');
    entry.model = typeof model === 'string' && model !== '' ? model : modelOf(body);
    entry.streamed = body?.['stream'] === true || form?.get('stream') === 'true' || asksForStream(query);
    const drawn = faultOf(exchange);
    const hasBody = route.method !== 'GET' && route.method !== 'DELETE';
    const takes = route.takes ?? 'json';
    const saysJson = raw.length > 0 && type?.startsWith('application/json');
    if (hasBody && !body && !form && (takes === 'json' || (takes === 'any' && saysJson))) {
      respond(exchange, { body, answer: malformedJson, drawn }, settings);
      return;
    }
    if (route.takes === 'form' && !form) {
      respond(exchange, { body, answer: malformedForm, drawn }, settings);
      return;
    }
    const asked: ApiRequest = {
      body: body ?? {},
      params,
      query: new URLSearchParams(query),
      raw,
      form,
      ask: askOf(exchange, underSkew(drawn, settings)),
      whenEnded: exchange.whenEnded,
      world: run.world,
    };
    const answer = answerOf(route, asked);
    if (!(answer instanceof Promise)) {
      respond(exchange, { body, answer, drawn }, settings);
      return;
    }
    answer.then(
      (later) => respond(exchange, { body, answer: later, drawn }, settings),
      (error: unknown) => respond(exchange, { body, answer: mockFailed(error), drawn }, settings),
    );
  }
}

function takesJson({ takes = 'json' }: Route, type: string | undefined): boolean {
  return takes === 'json' || (takes === 'any' && type?.startsWith('application/json') === true);
}

/** What a user's function threw (a script, a tokenizer) is an answer too. */
function answerOf(route: Route, asked: ApiRequest): Answer | Promise<Answer> {
  try {
    return route.answer(asked);
  } catch (error) {
    return mockFailed(error);
  }
}

interface Asked {
  readonly body: Body | undefined;
  readonly answer: Answer;
  /** What the schedule has for it, whether or not that fits its answer. */
  readonly drawn: Fault | undefined;
}

function respond(exchange: Exchange, { body, answer, drawn }: Asked, settings: MockSettings): void {
  const fault = drawn && faultFits(drawn, answer) ? drawn : undefined;
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

function askOf({ run, entry, request }: Exchange, settings: MockSettings): Ask {
  const { clock, answering } = settings;
  const { callId, attempt } = entry;
  const { headers } = request;
  return { ...answering, seed: run.plan.seed, callId, attempt, clock, headers, world: run.world };
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
