import type { Answer, Body } from '../answer.ts';
import { missing, refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { fileOf } from './form-fields.ts';
import type { Resource } from './resource.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'skills';

export const skillResources: readonly Resource[] = [
  {
    endpoint,
    path: '/skills',
    kind: 'skill',
    does: ['retrieve', 'update', 'list', 'delete'],
    prefix: 'skill_',
    make: () => ({}),
  },
  {
    endpoint,
    path: '/skills/:skill/versions',
    kind: 'skill version',
    does: ['retrieve', 'list'],
    prefix: 'skillver_',
    idField: 'version',
    make: () => ({}),
  },
];

export const skillRoutes: readonly Route[] = [
  { endpoint, method: 'POST', path: '/skills', takes: 'form', answer: create },
  { endpoint, method: 'GET', path: '/skills/:id/content', answer: content },
  { endpoint, method: 'POST', path: '/skills/:skill/versions', takes: 'form', answer: addVersion },
  { endpoint, method: 'GET', path: '/skills/:skill/versions/:id/content', answer: content },
  { endpoint, method: 'DELETE', path: '/skills/:skill/versions/:id', answer: removeVersion },
];

function create(request: ApiRequest): Answer {
  const { world } = request;
  const name = nameOf(request);
  if (name === undefined) return missing('files');
  const shelf = shelfOf(world);
  const id = shelf.newId('skill_');
  const skill = {
    id,
    object: 'skill',
    name,
    description: 'A skill of the mock.',
    default_version: '1',
    latest_version: '1',
    created_at: nowSeconds(request),
  };
  return json(skill, () => {
    shelf.set(`/skills/${id}`, skill);
    shelf.set(`/skills/${id}/versions/1`, versionOf(request, skill, '1'));
  });
}

function addVersion(request: ApiRequest): Answer {
  const { params, world, form } = request;
  const { skill: id = '' } = params;
  const shelf = shelfOf(world);
  const skill = shelf.get(`/skills/${id}`);
  if (!skill) return unknownObject('skill', id);
  if (nameOf(request) === undefined) return missing('files');
  const latest = String(Number(skill['latest_version']) + 1);
  const version = versionOf(request, skill, latest);
  const changed = {
    ...skill,
    latest_version: latest,
    ...(form?.get('default') === 'true' && { default_version: latest }),
  };
  return json(version, () => {
    shelf.set(`/skills/${id}`, changed);
    shelf.set(`/skills/${id}/versions/${latest}`, version);
  });
}

function removeVersion({ params: { skill: skillId = '', id: version = '' }, world }: ApiRequest): Answer {
  const shelf = shelfOf(world);
  const place = `/skills/${skillId}/versions/${version}`;
  const found = shelf.get(place);
  if (!found) return unknownObject('skill version', version);
  if (shelf.get(`/skills/${skillId}`)?.['default_version'] === version)
    return refuse(400, 'The default version of a skill cannot be deleted.');
  return json({ id: found['id'], object: 'skill.version.deleted', deleted: true, version }, () =>
    shelf.delete(place),
  );
}

function versionOf(request: ApiRequest, skill: Body, version: string): Body {
  return {
    id: shelfOf(request.world).newId('skillver_'),
    object: 'skill.version',
    skill_id: skill['id'],
    name: skill['name'],
    description: skill['description'],
    version,
    created_at: nowSeconds(request),
  };
}

/** An archive with nothing in it. */
const emptyZip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

function content({ params: { skill: skillId, id = '' }, world }: ApiRequest): Answer {
  const place = skillId === undefined ? `/skills/${id}` : `/skills/${skillId}/versions/${id}`;
  return shelfOf(world).get(place) ? bytes(emptyZip, 'application/zip') : unknownObject('skill', id);
}

/** Of the file, or of the first folder of several. */
function nameOf({ form }: ApiRequest): string | undefined {
  const file = fileOf(form, 'files');
  return file?.name.replace(/\/.*|\.\w+$/g, '');
}

function nowSeconds({ world }: ApiRequest): number {
  return Math.floor(world.clock.epochMs() / 1_000);
}
