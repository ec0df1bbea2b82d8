import type { Answer } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { bytes, json, unknownObject } from './answers.ts';
import { expiryProblem, expirySeconds, purposeProblem } from './file-rules.ts';
import { filesOf } from './file-store.ts';
import { fieldsOf, fileOf } from './form-fields.ts';
import { page } from './pages.ts';

export const fileRoutes: readonly Route[] = [
  { endpoint: 'files', method: 'POST', path: '/files', takes: 'form', answer: upload },
  { endpoint: 'files', method: 'GET', path: '/files', answer: list },
  { endpoint: 'files', method: 'GET', path: '/files/:id', answer: retrieve },
  { endpoint: 'files', method: 'DELETE', path: '/files/:id', answer: remove },
  { endpoint: 'files', method: 'GET', path: '/files/:id/content', answer: content },
];

async function upload({ form, world }: ApiRequest): Promise<Answer> {
  const file = fileOf(form, 'file');
  if (!form || !file) return refuse(400, "'file' is a required property", 'file');
  const fields = fieldsOf(form);
  const problem = purposeProblem(fields['purpose']) ?? expiryProblem(fields);
  if (problem) return problem;
  const files = filesOf(world);
  const content = Buffer.from(await file.arrayBuffer());
  const full = files.roomProblem(content.length);
  if (full) return full;
  const purpose = String(fields['purpose']);
  const stored = files.make({
    bytes: content,
    filename: file.name,
    purpose,
    expiresAfterSeconds: expirySeconds(fields, purpose),
  });
  return json(stored.object, () => files.keep(stored));
}

function list({ world, query }: ApiRequest): Answer {
  const purpose = query.get('purpose');
  const objects = filesOf(world)
    .list()
    .map((file) => file.object);
  const asked = purpose === null ? objects : objects.filter((object) => object.purpose === purpose);
  return page(asked, query, { defaultLimit: 10_000, mostLimit: 10_000 });
}

function retrieve({ world, params }: ApiRequest): Answer {
  const file = filesOf(world).get(params['id'] ?? '');
  return file ? json(file.object) : unknownFile(params);
}

function remove({ world, params }: ApiRequest): Answer {
  const files = filesOf(world);
  const file = files.get(params['id'] ?? '');
  if (!file) return unknownFile(params);
  const { id } = file.object;
  return json({ id, object: 'file', deleted: true }, () => files.delete(id));
}

function content({ world, params }: ApiRequest): Answer {
  const file = filesOf(world).get(params['id'] ?? '');
  return file ? bytes(file.bytes, 'application/octet-stream') : unknownFile(params);
}

function unknownFile(params: ApiRequest['params']): Answer {
  return unknownObject('File object', params['id'] ?? '');
}
