import type { Answer } from '../answer.ts';
import { missing } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import type { World } from '../world.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { filesOf, HIDDEN_PURPOSE, type StoredFile } from './file-store.ts';
import { fileOf } from './form-fields.ts';
import { shelfOf } from './shelf.ts';

const path = '/containers/:container/files';

/** Files of containers: their bytes are kept as those of other files are, but not listed with them. */
export const containerFileRoutes: readonly Route[] = [
  { endpoint: 'containers', method: 'POST', path, takes: 'any', answer: create },
  { endpoint: 'containers', method: 'GET', path: `${path}/:id/content`, answer: content },
  { endpoint: 'containers', method: 'DELETE', path: `${path}/:id`, answer: remove },
];

async function create({ body, form, params: { container = '' }, world }: ApiRequest): Promise<Answer> {
  const given = fileOf(form, 'file');
  const uploaded = given && Buffer.from(await given.arrayBuffer());
  const shelf = shelfOf(world);
  const owner = `/containers/${container}`;
  if (!shelf.get(owner)) return unknownObject('container', container);
  const id = body['file_id'] ?? form?.get('file_id') ?? undefined;
  const files = filesOf(world);
  const copied = typeof id === 'string' ? files.get(id) : undefined;
  if (typeof id === 'string' && !copied) return unknownObject('File object', id);
  const source: Pick<StoredFile, 'bytes'> | undefined = uploaded ? { bytes: uploaded } : copied;
  if (!source) return missing('file');
  const full = files.roomProblem(source.bytes.length);
  if (full) return full;
  const file = {
    id: shelf.newId('cfile_'),
    object: 'container.file',
    container_id: container,
    path: `/mnt/data/${given?.name ?? copied?.object.filename ?? 'file'}`,
    bytes: source.bytes.length,
    source: 'user',
    created_at: Math.floor(world.clock.epochMs() / 1_000),
  };
  const content = files.make({ bytes: source.bytes, filename: file.path, purpose: HIDDEN_PURPOSE });
  const place = `${owner}/files/${file.id}`;
  return json(file, () => {
    files.keep(content);
    shelf.set(place, file);
    shelf.set(`${place}/content`, { id: content.object.id });
  });
}

function content({ params, world }: ApiRequest): Answer {
  const kept = keptOf(params, world);
  return kept
    ? bytes(kept.bytes, 'application/octet-stream')
    : unknownObject('container file', params['id'] ?? '');
}

function remove({ params, world }: ApiRequest): Answer {
  const kept = keptOf(params, world);
  if (!kept) return unknownObject('container file', params['id'] ?? '');
  const forget = () => {
    filesOf(world).delete(kept.object.id);
    shelfOf(world).delete(placeOf(params));
  };
  return { ...json({}, forget), status: 204, body: '' };
}

function keptOf(params: ApiRequest['params'], world: World): StoredFile | undefined {
  const id = shelfOf(world).get(`${placeOf(params)}/content`)?.['id'];
  return typeof id === 'string' ? filesOf(world).get(id) : undefined;
}

function placeOf({ container = '', id = '' }: ApiRequest['params']): string {
  return `/containers/${container}/files/${id}`;
}
