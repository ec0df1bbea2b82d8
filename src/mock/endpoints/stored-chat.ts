import type { Answer, Body } from '../answer.ts';
import { withEffect } from '../effect.ts';
import { parseBody, presenceProblem } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { json, unknownObject } from './answers.ts';
import { page } from './pages.ts';
import type { Resource } from './resource.ts';
import { shelfOf } from './shelf.ts';

const path = '/chat/completions';

/** Completions that were asked for with `store`. */
export const storedChatResources: readonly Resource[] = [
  {
    endpoint: 'chat',
    path,
    kind: 'chat completion',
    does: ['retrieve', 'list', 'delete'],
    prefix: 'chatcmpl-',
    page: { defaultLimit: 20, mostLimit: 100, order: 'asc' },
    make: () => ({}),
    deleted: 'chat.completion.deleted',
  },
];

export const storedChatRoutes: readonly Route[] = [
  { endpoint: 'chat', method: 'POST', path: `${path}/:id`, answer: update },
  { endpoint: 'chat', method: 'GET', path: `${path}/:id/messages`, answer: messages },
];

/** The same route, which remembers what is asked with `store`. */
export function remembering(route: Route): Route {
  return {
    ...route,
    answer: (request) => {
      const answer = route.answer(request);
      if (request.body['store'] !== true) return answer;
      return answer instanceof Promise
        ? answer.then((later) => remembered(request, later))
        : remembered(request, answer);
    },
  };
}

/** Once the last of it is sent: what broke off is forgotten. */
function remembered(request: ApiRequest, answer: Answer): Answer {
  if (answer.kind === 'refusal') return answer;
  const text = (): string => (answer.kind === 'whole' ? String(answer.body) : (answer.inOnePiece?.() ?? ''));
  return withEffect(answer, {
    finish() {
      const completion = parseBody(text());
      // What is scripted may be no completion at all.
      if (typeof completion?.['id'] === 'string' && completion['choices']) keep(request, completion);
    },
  });
}

function keep({ body, world }: ApiRequest, completion: Body): void {
  const shelf = shelfOf(world);
  const place = `${path}/${String(completion['id'])}`;
  shelf.set(place, { ...completion, metadata: body['metadata'] ?? {} });
  shelf.set(`${place}/messages/all`, { asked: body['messages'] });
}

function update({ body, params: { id = '' }, world }: ApiRequest): Answer {
  const shelf = shelfOf(world);
  const completion = shelf.get(`${path}/${id}`);
  if (!completion) return unknownObject('chat completion', id);
  const absent = presenceProblem(body, 'metadata');
  if (absent) return absent;
  const changed = { ...completion, metadata: body['metadata'] };
  return json(changed, () => shelf.set(`${path}/${id}`, changed));
}

/** The messages of the request. */
function messages({ params: { id = '' }, query, world }: ApiRequest): Answer {
  const shelf = shelfOf(world);
  if (!shelf.get(`${path}/${id}`)) return unknownObject('chat completion', id);
  const asked = shelf.get(`${path}/${id}/messages/all`)?.['asked'];
  const shown = (Array.isArray(asked) ? (asked as Body[]) : []).map((message, index) => {
    const text = typeof message['content'] === 'string' ? message['content'] : null;
    return { refusal: null, ...message, content: text, content_parts: null, id: `${id}-${index}` };
  });
  return page(shown, query, { defaultLimit: 20, mostLimit: 100, order: 'asc' });
}
