import { STATUS_CODES } from 'node:http';
import type { Refusal } from './answer.ts';

interface ErrorFields {
  readonly message: string;
  readonly type: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** An error in the shape in which OpenAI sends every error. */
export function errorBody({ message, type, param = null, code = null }: ErrorFields): string {
  return JSON.stringify({ error: { message, type, param, code } });
}

/** A refusal for what the request says. */
export function refuse(status: number, message: string, param?: string, code?: string): Refusal {
  return {
    kind: 'refusal',
    status,
    body: errorBody({ message, type: 'invalid_request_error', param: param ?? null, code: code ?? null }),
  };
}

export function missing(param: string): Refusal {
  return refuse(400, `Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
}

export function wrongType(param: string, expected: string, got: unknown): Refusal {
  const name = got === null ? 'null' : Array.isArray(got) ? 'array' : typeof got;
  const message = `Invalid type for '${param}': expected ${expected}, but got ${name} instead.`;
  return refuse(400, message, param, 'invalid_type');
}

export const malformedJson: Refusal = refuse(
  400,
  'We could not parse the JSON body of your request. (HINT: This likely means you are not using your HTTP library ' +
    'correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
);

export const tooDeep: Refusal = refuse(
  400,
  'We could not parse the JSON body of your request: it is nested too deeply.',
);

export const malformedForm: Refusal = refuse(
  400,
  'We could not parse the multipart form of your request. (HINT: This likely means you are not using your HTTP library ' +
    'correctly.)',
);

/** What the user's own function for an answer threw, so that whoever wrote it sees it. */
export function mockFailed(error: unknown): Refusal {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    kind: 'refusal',
    status: 500,
    body: errorBody({ message: `The mock's own answer failed: ${reason}`, type: 'mock_error' }),
  };
}

export const tooLarge: Refusal = refuse(413, 'The request body is too large.');

export const missingKey: Refusal = refuse(
  401,
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
    '(i.e. Authorization: Bearer YOUR_KEY).',
);

export function unknownUrl(method: string, path: string): Refusal {
  return refuse(404, `Invalid URL (${method} ${path})`);
}

export function wrongMethod(method: string, path: string): Refusal {
  const message = `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`;
  return refuse(405, message, undefined, 'method_not_supported');
}

export function unknownModel(model: string): Refusal {
  const message = `The model '${model}' does not exist or you do not have access to it.`;
  return refuse(404, message, 'model', 'model_not_found');
}

/** Of what a provider answers when it fails; a status that is not here is told by its name in HTTP. */
const failures: Readonly<Record<number, string>> = {
  408: errorBody({ message: 'Request timed out.', type: 'server_error', code: 'request_timeout' }),
  409: errorBody({
    message: 'The resource was updated by another request. Please try again.',
    type: 'invalid_request_error',
    code: 'conflict',
  }),
  500: errorBody({
    message: 'The server had an error while processing your request. Sorry about that!',
    type: 'server_error',
  }),
  502: errorBody({ message: 'Bad gateway.', type: 'server_error' }),
  503: errorBody({
    message: 'Our servers are currently overloaded. Please try again later.',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
  }),
  504: errorBody({ message: 'Gateway timeout.', type: 'server_error' }),
};

export function serverErrorBody(status: number): string {
  const message = `${STATUS_CODES[status] ?? 'Unknown error'}.`;
  return failures[status] ?? errorBody({ message, type: 'server_error' });
}
