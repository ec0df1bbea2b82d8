import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { checkObject, invalidOption } from '../check.ts';
import { TelltaleError } from '../errors.ts';
import { isJson, strangerProblem } from './control-guard.ts';
import { errorBody } from './error-bodies.ts';
import type { Fault } from './faults.ts';
import { recordOf } from './fields.ts';
import type { LedgerEntry } from './ledger.ts';
import { readBody } from './read-body.ts';
import type { Plan } from './run.ts';
import type { WebhookDelivery } from './webhooks/delivery.ts';
import type { WebhookPlan } from './webhooks/webhook-plan.ts';

/** What the control API steers. */
export interface Controlled {
  /** Throws a `TelltaleError` for bad options. */
  start(options: unknown): void;
  setSchedule(options: unknown): void;
  setFaults(faults: unknown): void;
  state(): MockState;
  /** For reading only. */
  entries(): readonly LedgerEntry[];
  /** The address that it listens on. */
  readonly host: string;
  webhooks(): readonly WebhookDelivery[];
  /** Throws a `TelltaleError` for a bad event. */
  sendWebhook(event: unknown): void;
}

/** Where the mock is, with the plan that it follows. */
export interface MockState extends Omit<Plan, 'webhooks'> {
  /** Without their secret. */
  readonly webhooks: Omit<WebhookPlan, 'secret'> | null;
  /** What was set by hand; absent where the schedule decides. */
  readonly faults?: readonly Fault[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly phase: string;
  readonly phaseIndex: number;
  /** Requests that arrived since the start. */
  readonly requests: number;
  /** Requests that have not ended, those from before the start included. */
  readonly running: number;
  /** Background responses and batches that have not ended. */
  readonly jobs: number;
  /** Open connections, the one that asks included. */
  readonly connections: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse, mock: Controlled) => void;

const routes: Readonly<Record<string, Handler>> = {
  'GET /healthz': (_request, response) => sendJson(response, 200, { status: 'ok' }),
  'GET /__control/state': (_request, response, mock) => sendJson(response, 200, mock.state()),
  'POST /__control/start': changing((mock, options) => mock.start(options ?? {})),
  'POST /__control/schedule': changing((mock, options) => mock.setSchedule(options)),
  'POST /__control/faults': changing((mock, options) => mock.setFaults(faultsOf(options))),
  'DELETE /__control/faults': (_request, response, mock) => {
    mock.setFaults(undefined);
    sendJson(response, 200, mock.state());
  },
  'GET /__ledger': handleLedger,
  'GET /__webhooks': (_request, response, mock) => sendJson(response, 200, mock.webhooks()),
  'POST /__webhooks': taking((mock, event) => {
    mock.sendWebhook(event ?? {});
    return { status: 'ok' };
  }),
};

/** Answers a request that is not the API's; false for one that is. Nothing here enters the ledger. */
export function serveControl(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  mock: Controlled,
): boolean {
  if (path !== '/healthz' && !path.startsWith('/__')) return false;
  const problem = strangerProblem(request, mock.host);
  if (problem !== undefined) {
    sendError(response, 403, problem);
    return true;
  }
  const route = `${request.method} ${path}`;
  const handle = Object.hasOwn(routes, route) ? routes[route] : undefined;
  if (handle) handle(request, response, mock);
  else sendError(response, 404, `No \`${route}\` here. There are: ${Object.keys(routes).join(', ')}`);
  return true;
}

/** A route that changes something and answers with the state that comes of it. */
function changing(change: (mock: Controlled, options: unknown) => void): Handler {
  return taking((mock, options) => {
    change(mock, options);
    return mock.state();
  });
}

/** A route that takes JSON and answers with what `act` makes of it, or with what is wrong with it. */
function taking(act: (mock: Controlled, value: unknown) => unknown): Handler {
  return (request, response, mock) => {
    readBody(request, (body) => {
      if (body === undefined) return sendError(response, 413, 'The body is too large.');
      if (body.length > 0 && !isJson(request)) {
        return sendError(
          response,
          415,
          'The body must be sent with the header `content-type: application/json`.',
        );
      }
      try {
        sendJson(response, 200, act(mock, body.length === 0 ? undefined : JSON.parse(body.toString('utf8'))));
      } catch (error) {
        if (error instanceof TelltaleError) sendError(response, 400, error.message, error.code);
        else if (error instanceof SyntaxError) sendError(response, 400, 'The body is not JSON.');
        else throw error;
      }
    });
  };
}

function faultsOf(options: unknown): unknown {
  const { faults } = checkObject('options', options, ['faults']);
  if (faults === undefined) throw invalidOption('faults', 'an array of faults', faults);
  if (Array.isArray(faults) && faults.some((fault) => recordOf(fault)?.['kind'] === 'refuse')) {
    throw new TelltaleError(
      'invalid_option',
      'Faults that are set by hand cannot refuse connections, for these would be refused too. ' +
        'Give it a phase that ends, with `POST /__control/schedule`.',
    );
  }
  return faults;
}

/** How many entries are made into text at a time, so that a long ledger does not hold up the requests. */
const BATCH = 500;

function handleLedger(_request: IncomingMessage, response: ServerResponse, mock: Controlled): void {
  const entries = mock.entries();
  const count = entries.length;
  function* json() {
    yield '[';
    for (let from = 0; from < count; from += BATCH) {
      const batch = entries.slice(from, Math.min(from + BATCH, count)).map((entry) => JSON.stringify(entry));
      yield (from === 0 ? '\n' : ',\n') + batch.join(',\n');
    }
    yield '\n]\n';
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  pipeline(Readable.from(json()), response, () => {
    // Ends here too when the reader has gone, which is the reader's own affair.
  });
}

function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  code = 'invalid_request',
): void {
  send(response, status, errorBody({ message, type: 'invalid_request_error', code }));
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, JSON.stringify(value));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
