import type { Answer, Refusal } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { bodyProblem, isRefusal, json } from './answers.ts';
import { pageOf } from './item-page.ts';
import { createResponse } from './stored-responses-create.ts';
import { createResponseStore, type StoredResponse } from './stored-responses-store.ts';
import { compactResponse, countInputTokens } from './stored-responses-tokens.ts';

export const responseRoutes: readonly Route[] = [
  { endpoint: 'responses', method: 'POST', path: '/responses', answer: createResponse },
  { endpoint: 'responses', method: 'POST', path: '/responses/input_tokens', answer: countInputTokens },
  { endpoint: 'responses', method: 'POST', path: '/responses/compact', answer: compactResponse },
  { endpoint: 'responses', method: 'GET', path: '/responses/:id', answer: stored(retrieve) },
  { endpoint: 'responses', method: 'DELETE', path: '/responses/:id', answer: stored(remove) },
  {
    endpoint: 'responses',
    method: 'POST',
    path: '/responses/:id/cancel',
    takes: 'any',
    answer: stored(cancel),
  },
  { endpoint: 'responses', method: 'GET', path: '/responses/:id/input_items', answer: stored(listInput) },
];

type Handler = (response: StoredResponse, request: ApiRequest) => Answer;

function stored(handle: Handler): (request: ApiRequest) => Answer {
  return (request) => {
    const id = request.params['id'] ?? '';
    const found = request.world.part(createResponseStore).get(id);
    return found ? handle(found, request) : refuse(404, `Response with id '${id}' not found.`);
  };
}

function retrieve(response: StoredResponse, { query }: ApiRequest): Answer {
  if (query.get('stream') === 'true') return streamAgain(response, query);
  return response.job?.answer() ?? json(response.response());
}

/** OpenAI keeps the events of a background response for so long after it was made. */
const STREAMED_FOR_MS = 300_000;

function streamAgain({ job }: StoredResponse, query: URLSearchParams): Answer {
  if (!job) return notStreamed('it was not created with background=true');
  if (!job.isStreamed) return notStreamed('it was not created with stream=true');
  if (job.elapsedMs() > STREAMED_FOR_MS) {
    return refuse(
      400,
      'This response can no longer be streamed because it is more than 5 minutes old.',
      'stream',
    );
  }
  const after = query.get('starting_after');
  if (after === null) return job.stream(0);
  if (!/^\d+$/.test(after)) {
    const message = `Invalid type for 'starting_after': expected an integer of at least 0, but got '${after}' instead.`;
    return refuse(400, message, 'starting_after', 'invalid_type');
  }
  return job.stream(Number(after) + 1);
}

function notStreamed(reason: string): Refusal {
  return refuse(400, `This response cannot be streamed because ${reason}.`, 'stream');
}

/** Nobody can ask for it any more; where it still runs, it runs to its end and is paid for. */
function remove({ id }: StoredResponse, { world }: ApiRequest): Answer {
  return json({ id, object: 'response', deleted: true }, () => {
    world.part(createResponseStore).delete(id);
  });
}

/** Of one that has ended, it is how it ended that is told. */
function cancel({ job }: StoredResponse, { raw }: ApiRequest): Answer {
  const problem = bodyProblem(raw);
  if (problem) return problem;
  if (!job) return refuse(400, 'Cannot cancel a synchronous response.');
  return job.cancelAnswer();
}

function listInput(response: StoredResponse, { query }: ApiRequest): Answer {
  const page = pageOf(response.input(), query);
  return isRefusal(page) ? page : json(page);
}
