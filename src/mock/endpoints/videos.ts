import { missing } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { fieldsOf } from './form-fields.ts';
import type { Resource } from './resource.ts';
import { settle } from './settle.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'videos';

export const videoResources: readonly Resource[] = [
  {
    endpoint,
    path: '/videos',
    kind: 'video',
    does: ['retrieve', 'list', 'delete'],
    prefix: 'video_',
    make: () => ({}),
  },
  {
    endpoint,
    path: '/videos/characters',
    kind: 'character',
    does: ['create', 'retrieve'],
    prefix: 'char_',
    form: true,
    required: ['name', 'video'],
    make: ({ id, nowSeconds }) => ({ id, name: '', created_at: nowSeconds }),
  },
];

/** A video takes a second, and is no more than the first bytes of one. */
export const videoRoutes: readonly Route[] = [
  ...['/videos', '/videos/edits', '/videos/extensions', '/videos/:id/remix'].map(
    (path): Route => ({ endpoint, method: 'POST', path, takes: 'any', answer: create }),
  ),
  { endpoint, method: 'GET', path: '/videos/:id/content', answer: content },
];

function create({ body, form, params: { id: remixed }, world }: ApiRequest) {
  const shelf = shelfOf(world);
  if (remixed !== undefined && !shelf.get(`/videos/${remixed}`)) return unknownObject('video', remixed);
  const fields = form ? fieldsOf(form) : body;
  if (typeof fields['prompt'] !== 'string') return missing('prompt');
  const id = shelf.newId('video_');
  const now = Math.floor(world.clock.epochMs() / 1_000);
  const video = {
    id,
    object: 'video',
    model: fields['model'] ?? 'sora-2',
    status: 'queued',
    progress: 0,
    prompt: fields['prompt'],
    seconds: fields['seconds'] ?? '4',
    size: fields['size'] ?? '720x1280',
    remixed_from_video_id: remixed ?? null,
    error: null,
    created_at: now,
    completed_at: null,
    expires_at: now + 24 * 3_600,
  };
  return json(video, () => {
    shelf.set(`/videos/${id}`, video);
    settle(world, `/videos/${id}`, {
      from: 'queued',
      afterMs: 1_000,
      to: (_, nowSeconds) => ({ status: 'completed', progress: 100, completed_at: nowSeconds }),
      event: 'video.completed',
    });
  });
}

/** The box that an MP4 begins with. */
const mp4 = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');

function content({ params: { id = '' }, world }: ApiRequest) {
  return shelfOf(world).get(`/videos/${id}`) ? bytes(mp4, 'video/mp4') : unknownObject('video', id);
}
