import type { Answer, Body, Refusal } from '../answer.ts';
import { presenceProblem, recordOf } from '../fields.ts';
import { happeningsOf } from '../happenings.ts';
import type { ApiRequest, Route } from '../route.ts';
import type { World } from '../world.ts';
import { json, unknownObject } from './answers.ts';
import { fieldsOf } from './form-fields.ts';
import { page } from './pages.ts';
import type { Making, Resource } from './resource.ts';
import { settle } from './settle.ts';
import { type Shelf, shelfOf } from './shelf.ts';

/** The routes of families of objects. A family below another is given with it, so that its owner is looked for. */
export function resourceRoutes(resources: readonly Resource[]): readonly Route[] {
  const byPath = new Map(resources.map((resource) => [resource.path, resource]));
  return resources.flatMap((resource) => routesOf({ resource, byPath }));
}

interface Family {
  readonly resource: Resource;
  readonly byPath: ReadonlyMap<string, Resource>;
}

function routesOf(family: Family): readonly Route[] {
  const { endpoint, path, does, form, actions = {} } = family.resource;
  const one = `${path}/:id`;
  const takes = form ? 'form' : 'any';
  const inOne = (answer: (found: Found) => Answer) => (request: ApiRequest) => {
    const found = find(family, request);
    return 'kind' in found ? found : answer(found);
  };
  const routes: Readonly<Record<string, Route>> = {
    create: { endpoint, method: 'POST', path, takes, answer: (request) => create(family, request) },
    list: { endpoint, method: 'GET', path, answer: (request) => list(family, request) },
    retrieve: { endpoint, method: 'GET', path: one, answer: inOne(({ object }) => json(object)) },
    update: {
      endpoint,
      method: 'POST',
      path: one,
      takes: 'any',
      answer: inOne((found) => update(family, found)),
    },
    delete: { endpoint, method: 'DELETE', path: one, answer: inOne((found) => remove(family, found)) },
  };
  return [
    ...does.map((verb) => routes[verb] as Route),
    ...Object.entries(actions).map(
      ([name, act]): Route => ({
        endpoint,
        method: 'POST',
        path: name === '' ? one : `${one}/${name}`,
        takes: 'any',
        answer: inOne((found) => change(family, found, act(found.object, found.making))),
      }),
    ),
  ];
}

function create(family: Family, request: ApiRequest): Answer {
  const { resource } = family;
  const path = pathFor(family, request);
  if (typeof path !== 'string') return path;
  const body = request.form ? fieldsOf(request.form) : request.body;
  for (const name of resource.required ?? []) {
    const problem = presenceProblem(body, name);
    if (problem) return problem;
  }
  const shelf = shelfOf(request.world);
  const making = makingOf(resource, { ...request, body }, shelf);
  const object = completed(resource.make(making), body);
  const once = resource.once?.(making);
  return json({ ...object, ...once }, () => {
    const place = placeOf(path, object[resource.idField ?? 'id']);
    shelf.set(place, object);
    if (resource.settles) settle(request.world, place, resource.settles);
  });
}

function list(family: Family, request: ApiRequest): Answer {
  const path = pathFor(family, request);
  if (typeof path !== 'string') return path;
  const { page: bounds, idField = 'id' } = family.resource;
  return page(shelfOf(request.world).list(path), request.query, bounds, (object) => object[idField]);
}

interface Found {
  readonly object: Body;
  /** Of the object. */
  readonly path: string;
  readonly making: Making;
}

function find(family: Family, request: ApiRequest): Found | Refusal {
  const { resource } = family;
  const path = pathFor(family, request);
  if (typeof path !== 'string') return path;
  const { id = '' } = request.params;
  const shelf = shelfOf(request.world);
  const place = placeOf(path, id);
  const object = shelf.get(place);
  if (!object) return unknownObject(resource.kind, id);
  return { object, path: place, making: { ...settingOf(request), id } };
}

function update(family: Family, found: Found): Answer {
  return change(family, found, pick(found.object, found.making.body));
}

function change({ resource }: Family, { object, path, making }: Found, fields: Body): Answer {
  const changed = { ...object, ...fields };
  return json(changed, () => {
    const shelf = shelfOf(making.world);
    if (!shelf.get(path)) return;
    shelf.set(path, changed);
    if (!resource.settles) return;
    settle(making.world, path, resource.settles);
    const event =
      changed['status'] === object['status'] ? undefined : resource.settles.ends?.[String(fields['status'])];
    if (event) happeningsOf(making.world).tell({ type: event, data: { id: making.id } });
  });
}

function remove({ resource }: Family, { object, path, making }: Found): Answer {
  const { deleted = `${String(object['object'])}.deleted` } = resource;
  const forget = () => shelfOf(making.world).delete(path);
  if (deleted === null) return { ...json({}, forget), status: 204, body: '' };
  if (typeof deleted === 'function') return json(deleted(object), forget);
  return json({ id: making.id, object: deleted, deleted: true }, forget);
}

/** Where the family of a request stands, or why there is no such place. */
function pathFor({ resource, byPath }: Family, { params, world }: ApiRequest): string | Refusal {
  const shelf = shelfOf(world);
  const path = filled(resource.path, params);
  const owner = resource.within ?? resource.path.slice(0, resource.path.lastIndexOf('/'));
  const family = byPath.get(owner.slice(0, owner.lastIndexOf('/')));
  if (family && owner.includes('/:')) {
    const ownerPath = filled(owner, params);
    const [, above = ''] = /^(.*)\/[^/]*$/.exec(ownerPath) ?? [];
    putGiven(family, above, { params, world, shelf });
    if (!shelf.get(ownerPath)) return unknownObject(family.kind, ownerPath.slice(above.length + 1));
  }
  putGiven(resource, path, { params, world, shelf });
  return path;
}

interface Place {
  readonly params: ApiRequest['params'];
  readonly world: World;
  readonly shelf: Shelf;
}

function putGiven(resource: Resource, path: string, { params, world, shelf }: Place): void {
  const { given = 0, idField = 'id' } = resource;
  if (given === 0 || !shelf.isNew(path)) return;
  for (let n = 0; n < given; n++) {
    const object = resource.make(makingOf(resource, { params, world, body: {} }, shelf));
    shelf.set(placeOf(path, object[idField]), object);
  }
}

function makingOf(resource: Resource, request: Setting, shelf: Shelf): Making {
  const told = resource.idOf?.(request.body);
  return { ...settingOf(request), id: typeof told === 'string' ? told : shelf.newId(resource.prefix) };
}

type Setting = Pick<ApiRequest, 'params' | 'world' | 'body'>;

function settingOf({ params, world, body }: Setting): Omit<Making, 'id'> {
  return { params, world, body, nowSeconds: Math.floor(world.clock.epochMs() / 1_000) };
}

function placeOf(path: string, id: unknown): string {
  return `${path}/${encodeURIComponent(String(id))}`;
}

function filled(path: string, params: ApiRequest['params']): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** The provider's own fields, which no request sets. */
const own = ['id', 'object', 'created_at', 'status'];

/** Fields with names of the user's own. */
const free = ['metadata', 'attributes', 'attribute_matchers'];

function completed(object: Body, body: Body): Body {
  return { ...object, ...pick(object, body) };
}

/** The fields of a request that an object has too, those inside of an object completed by it. */
function pick(object: Body, body: Body): Body {
  const picked: Record<string, unknown> = {};
  for (const name of Object.keys(object)) {
    const value = body[name];
    if (value === undefined || own.includes(name)) continue;
    const [before, after] = [recordOf(object[name]), recordOf(value)];
    const isTemplate = before && Object.keys(before).length > 0 && !free.includes(name);
    picked[name] = isTemplate && after ? completed(before, after) : value;
  }
  return picked;
}
