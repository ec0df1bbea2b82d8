import type { Answer, Body, Refusal } from '../answer.ts';
import { refuse, wrongType } from '../error-bodies.ts';
import { presenceProblem, recordOf } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { hexadecimal } from '../seeded.ts';
import { json, notOneOf, unknownObject } from './answers.ts';
import { type BatchObject, BatchRun } from './batch-run.ts';
import { expiryProblem, expirySeconds } from './file-rules.ts';
import { filesOf, type StoredFile } from './file-store.ts';
import { page } from './pages.ts';

/** What a batch may ask. */
const endpoints = ['/chat/completions', '/responses', '/embeddings', '/completions', '/moderations'];

/** Beyond it the oldest that have ended are forgotten. */
const MOST_BATCHES = 1_000;

interface Batches {
  readonly byId: Map<string, BatchRun>;
  made: number;
}

function createBatches(): Batches {
  return { byId: new Map(), made: 0 };
}

/** The routes of batches, whose lines are answered by those of `routes`. */
export function batchRoutes(routes: readonly Route[]): readonly Route[] {
  const askable = new Map<string, Route>();
  for (const route of routes)
    if (route.method === 'POST' && endpoints.includes(route.path)) askable.set(`/v1${route.path}`, route);
  return [
    {
      endpoint: 'batches',
      method: 'POST',
      path: '/batches',
      answer: (request) => create(request, askable),
    },
    { endpoint: 'batches', method: 'GET', path: '/batches', answer: list },
    { endpoint: 'batches', method: 'GET', path: '/batches/:id', answer: retrieve },
    { endpoint: 'batches', method: 'POST', path: '/batches/:id/cancel', takes: 'any', answer: cancel },
  ];
}

function create(request: ApiRequest, askable: ReadonlyMap<string, Route>): Answer {
  const { body, world } = request;
  const problem = problemOf(body, [...askable.keys()]);
  if (problem) return problem;
  const fileId = String(body['input_file_id']);
  const file = filesOf(world).get(fileId);
  if (!file) return unknownObject('File object', fileId);
  if (file.object.purpose !== 'batch') {
    const message = `Invalid purpose for input file. Expected 'batch', got '${file.object.purpose}'.`;
    return refuse(400, message, 'input_file_id');
  }
  const route = askable.get(String(body['endpoint'])) as Route;
  const batches = world.part(createBatches);
  const batch = newBatch(request, { file, route, number: batches.made++ });
  return json(batch.object, (entry) => {
    entry.batch = batch.record;
    forgetOldest(batches);
    batches.byId.set(batch.object.id, batch);
    batch.begin();
  });
}

function newBatch(
  request: ApiRequest,
  { file, route, number }: { file: StoredFile; route: Route; number: number },
): BatchRun {
  const { body, world } = request;
  const id = `batch_${hexadecimal(world.seed, `batch ${number}`, 32)}`;
  const createdMs = world.clock.epochMs();
  const object: BatchObject = {
    id,
    object: 'batch',
    endpoint: String(body['endpoint']),
    input_file_id: file.object.id,
    completion_window: '24h',
    status: 'validating',
    created_at: Math.floor(createdMs / 1_000),
    expires_at: Math.floor((createdMs + world.plan.batches.windowMs) / 1_000),
    metadata: body['metadata'] ?? null,
    request_counts: { total: 0, completed: 0, failed: 0 },
  };
  return new BatchRun(object, {
    // Read when it is checked, so that no batch keeps its input.
    input: () => filesOf(world).get(file.object.id)?.bytes.toString('utf8'),
    setting: { batchId: id, route, request },
    outputExpiresAfterSeconds: expirySeconds(body, 'batch', 'output_expires_after'),
    enqueuedTokens: (model) => {
      const others = [...world.part(createBatches).byId.values()].map(({ enqueued }) => enqueued);
      return others.reduce((sum, other) => sum + (other.model === model ? other.tokens : 0), 0);
    },
  });
}

function problemOf(body: Body, allowed: readonly string[]): Refusal | undefined {
  const names = ['input_file_id', 'endpoint', 'completion_window'] as const;
  for (const name of names) {
    const problem = presenceProblem(body, name);
    if (problem) return problem;
    if (typeof body[name] !== 'string') return wrongType(name, 'a string', body[name]);
  }
  if (!allowed.includes(String(body['endpoint']))) return notOneOf('endpoint', allowed, body['endpoint']);
  if (body['completion_window'] !== '24h')
    return notOneOf('completion_window', ['24h'], body['completion_window']);
  return metadataProblem(body['metadata'] ?? undefined) ?? expiryProblem(body, 'output_expires_after');
}

function metadataProblem(metadata: unknown): Refusal | undefined {
  if (metadata === undefined) return undefined;
  const pairs = recordOf(metadata);
  if (!pairs) return wrongType('metadata', 'an object', metadata);
  const wrong = Object.entries(pairs).find(([, value]) => typeof value !== 'string');
  if (wrong) return wrongType(`metadata.${wrong[0]}`, 'a string', wrong[1]);
  if (Object.keys(pairs).length <= 16) return undefined;
  return refuse(
    400,
    "Invalid 'metadata': too many properties. Expected at most 16.",
    'metadata',
    'object_above_max_properties',
  );
}

function list({ world, query }: ApiRequest): Answer {
  return page(
    [...world.part(createBatches).byId.values()].map(({ object }) => object),
    query,
  );
}

function retrieve({ world, params: { id = '' } }: ApiRequest): Answer {
  const batch = world.part(createBatches).byId.get(id);
  return batch ? json(batch.object) : unknownObject('Batch object', id);
}

function cancel({ world, params: { id = '' } }: ApiRequest): Answer {
  const batch = world.part(createBatches).byId.get(id);
  if (!batch) return unknownObject('Batch object', id);
  const { status } = batch.object;
  if (status === 'cancelling') return json(batch.object);
  if (status !== 'validating' && status !== 'in_progress')
    return refuse(409, `Cannot cancel a batch with status '${status}'.`);
  const cancelling = {
    ...batch.object,
    status: 'cancelling',
    cancelling_at: Math.floor(world.clock.epochMs() / 1_000),
  };
  return json(cancelling, () => {
    if (!batch.hasEnded && batch.object.status !== 'cancelling') batch.cancel();
  });
}

function forgetOldest(batches: Batches): void {
  if (batches.byId.size < MOST_BATCHES) return;
  for (const [id, batch] of batches.byId) {
    if (!batch.hasEnded) continue;
    batches.byId.delete(id);
    return;
  }
}
