import { refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { json, unknownObject } from './answers.ts';
import { all, type Resource } from './resource.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'webhook_endpoints';
const path = '/webhook_endpoints';

/** Where events may go. The mock keeps these and sends nothing to them: it sends where its own option says. */
export const webhookEndpointResources: readonly Resource[] = [
  {
    endpoint,
    path,
    kind: 'webhook endpoint',
    does: all,
    prefix: 'we_',
    required: ['event_types', 'name', 'url'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'webhook_endpoint',
      name: '',
      url: '',
      event_types: [],
      signing_secret_hint: null,
      created_at: nowSeconds,
    }),
    once: ({ id, world }) => ({ signing_secret: secretOf(world.seed, id) }),
  },
];

export const webhookEndpointRoutes: readonly Route[] = [
  { endpoint, method: 'POST', path: `${path}/:id/rotate_secret`, takes: 'any', answer: rotate },
  { endpoint, method: 'POST', path: `${path}/:id/test`, answer: sendTest },
  {
    endpoint,
    method: 'GET',
    path: '/webhook_event_types',
    answer: () => json({ object: 'list', data: eventTypes }),
  },
];

/** Those that the mock can tell of. */
const eventTypes = [
  ...['completed', 'failed', 'expired', 'cancelled'].map((end) => `batch.${end}`),
  ...['completed', 'failed', 'cancelled', 'incomplete'].map((end) => `response.${end}`),
  'eval.run.succeeded',
  'eval.run.canceled',
  'fine_tuning.job.succeeded',
  'fine_tuning.job.cancelled',
  'video.completed',
];

/** A new one each time, and never shown again. */
function rotate({ ask, params: { id = '' }, world }: ApiRequest) {
  const found = shelfOf(world).get(`${path}/${id}`);
  if (!found) return unknownObject('webhook endpoint', id);
  return json({ ...found, signing_secret: secretOf(world.seed, `${id} ${ask.callId} ${ask.attempt}`) });
}

function sendTest({ params: { id = '' }, world }: ApiRequest) {
  if (!shelfOf(world).get(`${path}/${id}`)) return unknownObject('webhook endpoint', id);
  return refuse(400, 'This mock provider sends events only where its own option says.');
}

function secretOf(seed: number, name: string): string {
  return `whsec_${Buffer.from(hexadecimal(seed, `webhook secret ${name}`, 64), 'hex').toString('base64')}`;
}
