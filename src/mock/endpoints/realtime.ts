import type { Answer, Body } from '../answer.ts';
import { missing } from '../error-bodies.ts';
import { optional, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'realtime';

/** What is asked over HTTP before and beside a socket. The sockets themselves are none of the mock's. */
export const realtimeRoutes: readonly Route[] = [
  post('/realtime/client_secrets', clientSecret),
  post('/realtime/translations/client_secrets', translationSecret),
  post('/realtime/sessions', (request) => json({ client_secret: secretOf(request), ...sessionOf(request) })),
  post('/realtime/transcription_sessions', (request) =>
    json({ client_secret: secretOf(request), modalities: ['text'] }),
  ),
  post('/realtime/calls', createCall),
  ...onCalls('/realtime/calls', { accept: ['type'], hangup: [], refer: ['target_uri'], reject: [] }),
  post('/live/sessions', createLive),
  post('/live/sessions/:id/fork', fork),
  ...onCalls('/live/sessions', {
    accept: ['session'],
    hangup: [],
    refer: ['target_uri'],
    reject: ['status_code'],
  }),
  { endpoint, method: 'GET', path: '/live/sessions/:id/content', answer: recording },
];

function post(path: string, answer: Route['answer']): Route {
  return { endpoint, method: 'POST', path, takes: 'any', answer };
}

/**
 * What is done to a call that came in: each with the fields that it must have. Calls come by telephone, so the mock has not
 * heard of them before and goes by their names.
 */
function onCalls(path: string, actions: Readonly<Record<string, readonly string[]>>): readonly Route[] {
  return Object.entries(actions).map(([name, required]) =>
    post(`${path}/:id/${name}`, ({ body, params: { id = '' } }) => {
      if (!/^(?:rtc|live)_/.test(id)) return unknownObject('call', id);
      const absent = required.find((field) => optional(body, field) === undefined);
      return absent === undefined ? { ...json({}), body: '' } : missing(absent);
    }),
  );
}

const LIFETIME_SECONDS = 600;

function clientSecret(request: ApiRequest): Answer {
  const { value, expires_at } = secretOf(request);
  const session = recordOf(request.body['session']) ?? {};
  const type = session['type'] ?? 'realtime';
  return json({
    value,
    expires_at,
    session: {
      ...sessionOf(request),
      client_secret: { value, expires_at },
      object: `realtime.${type === 'transcription' ? 'transcription_session' : 'session'}`,
      type,
    },
  });
}

function translationSecret(request: ApiRequest): Answer {
  const session = recordOf(request.body['session']);
  if (!session) return missing('session');
  const { value, expires_at } = secretOf(request);
  const { id } = sessionOf(request);
  return json({
    value,
    expires_at,
    session: { id, type: 'translation', model: session['model'] ?? '', audio: {}, expires_at },
  });
}

function secretOf({ ask, world }: ApiRequest) {
  return {
    value: `ek_${hexadecimal(ask.seed, `secret ${ask.callId} ${ask.attempt}`, 32)}`,
    expires_at: Math.floor(world.clock.epochMs() / 1_000) + LIFETIME_SECONDS,
  };
}

function sessionOf({ ask }: ApiRequest): { readonly id: string } {
  return { id: `sess_${hexadecimal(ask.seed, `session ${ask.callId} ${ask.attempt}`, 24)}` };
}

const sdpAnswer = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

function createCall(request: ApiRequest): Answer {
  const { body, form, raw } = request;
  if (raw.length === 0 || (form && !form.get('sdp'))) return missing('sdp');
  if (!form && Object.keys(body).length > 0 && optional(body, 'sdp') === undefined) return missing('sdp');
  return { ...bytes(Buffer.from(sdpAnswer), 'application/sdp'), status: 201 };
}

function createLive({ body, world }: ApiRequest): Answer {
  for (const name of ['session', 'transport']) if (optional(body, name) === undefined) return missing(name);
  const shelf = shelfOf(world);
  const id = shelf.newId('live_');
  return json(liveOf(id), () => shelf.set(`/live/sessions/${id}`, { id }));
}

function fork({ body, params: { id = '' }, world }: ApiRequest): Answer {
  const shelf = shelfOf(world);
  if (!shelf.get(`/live/sessions/${id}`)) return unknownObject('session', id);
  if (optional(body, 'transport') === undefined) return missing('transport');
  const forked = shelf.newId('live_');
  return json(liveOf(forked), () => shelf.set(`/live/sessions/${forked}`, { id: forked }));
}

function liveOf(id: string): Body {
  return { session: { id }, transport: { type: 'webrtc', sdp: sdpAnswer } };
}

function recording({ params: { id = '' }, world }: ApiRequest): Answer {
  const found = shelfOf(world).get(`/live/sessions/${id}`);
  return found ? bytes(Buffer.alloc(2_400), 'audio/wav') : unknownObject('session', id);
}
