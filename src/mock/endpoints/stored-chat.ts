import type { Answer, Body } from '../answer.ts';
import { presenceProblem } from '../fields.ts';
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
        ? answer.then((later) => remembered(route, request, later))
        : remembered(route, request, answer);
    },
  };
}

function remembered(route: Route, request: ApiRequest, answer: Answer): Answer | Promise<Answer> {
  if (answer.kind === 'refusal') return answer;
  const whole =
    answer.kind === 'whole' ? answer : route.answer({ ...request, body: { ...request.body, stream: false } });
  const withEffect = (kept: Answer) => {
    if (kept.kind !== 'whole') return answer;
    const { effect } = answer;
    const begin: NonNullable<typeof effect>['begin'] = (entry) => {
      effect?.begin?.(entry);
      keep(request, JSON.parse(String(kept.body)));
    };
    return { ...answer, effect: { ...effect, begin } };
  };
  return whole instanceof Promise ? whole.then(withEffect) : withEffect(whole);
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
