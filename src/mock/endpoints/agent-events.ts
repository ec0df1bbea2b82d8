import type { Answer, Body, StreamAnswer } from '../answer.ts';
import { serverErrorBody, wrongType } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'assistants';
const session = '/agents/sessions/:id';

/** What goes on in sessions of agents. `create` is what serves a session that is not streamed. */
export function agentEventRoutes(create: Route['answer']): readonly Route[] {
  return [
    {
      endpoint,
      method: 'POST',
      path: '/agents/sessions',
      answer: (request) => {
        const answer = create(request) as Answer;
        return request.body['stream'] === true && answer.kind === 'whole' ? begun(request, answer) : answer;
      },
    },
    { endpoint, method: 'POST', path: `${session}/events`, answer: takeEvents },
    { endpoint, method: 'GET', path: `${session}/events`, answer: listen },
    { endpoint, method: 'GET', path: '/agents/sessions/:session/artifacts/:id/content', answer: content },
  ];
}

function begun(request: ApiRequest, answer: Exclude<Answer, { kind: 'refusal' | 'stream' }>): StreamAnswer {
  const made: Body = JSON.parse(String(answer.body));
  return {
    ...eventsOf(request, [
      { type: 'agent.session.created', session: made },
      { type: 'agent.session.idle', session: made },
    ]),
    ...(answer.effect && { effect: answer.effect }),
  };
}

function takeEvents({ body, params: { id = '' }, world }: ApiRequest): Answer {
  if (!shelfOf(world).get(`/agents/sessions/${id}`)) return unknownObject('agent session', id);
  const { events } = body;
  return Array.isArray(events)
    ? { ...json({}), status: 204, body: '' }
    : wrongType('events', 'an array of objects', events);
}

/** The session is idle, and that is all there is to hear. */
function listen(request: ApiRequest): Answer {
  const { id = '' } = request.params;
  const found = shelfOf(request.world).get(`/agents/sessions/${id}`);
  return found
    ? eventsOf(request, [{ type: 'agent.session.idle', session: found }])
    : unknownObject('agent session', id);
}

function eventsOf({ ask }: ApiRequest, events: readonly Body[]): StreamAnswer {
  const text = events.map((event, index) => {
    const id = `event_${hexadecimal(ask.seed, `event ${ask.callId} ${ask.attempt} ${index}`, 24)}`;
    return `event: ${String(event['type'])}\ndata: ${JSON.stringify({ event_id: id, ...event })}\n\n`;
  });
  return {
    kind: 'stream',
    opening: { text: '', count: 0 },
    tokens: 0,
    tokenEvent: () => '',
    errorEvent: () => `event: error\ndata: ${serverErrorBody(500)}\n\n`,
    closing: { text: text.join(''), count: text.length },
    usage: null,
    tellsUsage: false,
    finishReason: 'stop',
  };
}

function content({ params: { session: sessionId = '', id = '' }, world }: ApiRequest): Answer {
  const found = shelfOf(world).get(`/agents/sessions/${sessionId}/artifacts/${id}`);
  return found ? bytes(Buffer.from('Hello there.\n'), 'text/plain') : unknownObject('artifact', id);
}
