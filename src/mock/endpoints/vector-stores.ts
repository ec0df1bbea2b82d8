import type { Answer, Body, Refusal } from '../answer.ts';
import { missing, wrongType } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { uniform } from '../seeded.ts';
import { isRefusal, json, unknownObject } from './answers.ts';
import { type FileStore, filesOf } from './file-store.ts';
import { page } from './pages.ts';
import { all, type Resource } from './resource.ts';
import { shelfOf } from './shelf.ts';

const endpoint = 'vector_stores';
const store = '/vector_stores/:store';

export const vectorStoreResources: readonly Resource[] = [
  {
    endpoint,
    path: '/vector_stores',
    kind: 'vector store',
    does: all,
    prefix: 'vs_',
    make: ({ id, nowSeconds, body }) => ({
      id,
      object: 'vector_store',
      name: '',
      status: 'completed',
      usage_bytes: 0,
      file_counts: countsOf(0),
      expires_at: null,
      last_active_at: nowSeconds,
      metadata: null,
      ...(body['expires_after'] ? { expires_after: body['expires_after'] } : {}),
      created_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: `${store}/files`,
    kind: 'vector store file',
    does: ['retrieve', 'update', 'list', 'delete'],
    prefix: 'file-',
    make: () => ({}),
  },
  {
    endpoint,
    path: `${store}/file_batches`,
    kind: 'vector store file batch',
    does: ['retrieve'],
    prefix: 'vsfb_',
    make: () => ({}),
    actions: { cancel: () => ({}) },
  },
];

/** What files do in vector stores. They are ready as soon as they are there. `create` is what makes a store without any. */
export function vectorStoreRoutes(create: Route['answer']): readonly Route[] {
  return [
    {
      endpoint,
      method: 'POST',
      path: '/vector_stores',
      takes: 'any',
      answer: (request) => createWith(create, request),
    },
    ...fileRoutes,
  ];
}

const fileRoutes: readonly Route[] = [
  { endpoint, method: 'POST', path: `${store}/files`, answer: inStore(addFile) },
  { endpoint, method: 'GET', path: `${store}/files/:id/content`, answer: inStore(contentOf) },
  { endpoint, method: 'POST', path: `${store}/file_batches`, answer: inStore(addBatch) },
  { endpoint, method: 'GET', path: `${store}/file_batches/:id/files`, answer: inStore(filesOfBatch) },
  { endpoint, method: 'POST', path: `${store}/search`, answer: inStore(search) },
];

interface InStore extends ApiRequest {
  readonly path: string;
}

function inStore(answer: (request: InStore) => Answer): Route['answer'] {
  return (request) => {
    const { store: id = '' } = request.params;
    const path = `/vector_stores/${id}`;
    return shelfOf(request.world).get(path)
      ? answer({ ...request, path })
      : unknownObject('vector store', id);
  };
}

function createWith(create: Route['answer'], request: ApiRequest): Answer {
  const answer = create(request) as Answer;
  const { file_ids: ids } = request.body;
  if (answer.kind !== 'whole' || !Array.isArray(ids)) return answer;
  const store: Body = JSON.parse(String(answer.body));
  const id = String(store['id']);
  const inside = { ...request, params: { store: id }, path: `/vector_stores/${id}` };
  const made = ids.map((file) => fileFrom(inside, { file_id: file }));
  const refused = made.find(isRefusal);
  if (refused) return refused;
  const files = made as readonly StoreFile[];
  return json({ ...store, ...summaryOf(files) }, (entry) => {
    answer.effect?.begin?.(entry);
    keep(inside, files);
  });
}

function addFile(request: InStore): Answer {
  const { body } = request;
  if (typeof body['file_id'] !== 'string') return missing('file_id');
  const file = fileFrom(request, body);
  return isRefusal(file) ? file : json(file, () => keep(request, [file]));
}

function addBatch(request: InStore): Answer {
  const { body, path, world } = request;
  const { file_ids: ids, files } = body;
  const asked: unknown = Array.isArray(files)
    ? files
    : Array.isArray(ids)
      ? ids.map((id) => ({ file_id: id, attributes: body['attributes'] }))
      : [];
  const made = (asked as Body[]).map((one) => fileFrom(request, one));
  const refused = made.find(isRefusal);
  if (refused) return refused;
  const shelf = shelfOf(world);
  const id = shelf.newId('vsfb_');
  const batch = {
    id,
    object: 'vector_store.files_batch',
    vector_store_id: request.params['store'],
    status: 'completed',
    file_counts: countsOf(made.length),
    created_at: Math.floor(world.clock.epochMs() / 1_000),
  };
  return json(batch, () => {
    shelf.set(`${path}/file_batches/${id}`, batch);
    keep(request, made as Body[]);
    for (const file of made as Body[])
      shelf.set(`${path}/file_batches/${id}/files/${String(file['id'])}`, file);
  });
}

function filesOfBatch({ path, params: { id = '' }, query, world }: InStore): Answer {
  const shelf = shelfOf(world);
  const place = `${path}/file_batches/${id}`;
  return shelf.get(place)
    ? page(shelf.list(`${place}/files`), query)
    : unknownObject('vector store file batch', id);
}

function contentOf({ path, params: { id = '' }, world }: InStore): Answer {
  if (!shelfOf(world).get(`${path}/files/${id}`)) return unknownObject('vector store file', id);
  const data = [{ type: 'text', text: textOf(filesOf(world), id) }];
  return json({ object: 'vector_store.file_content.page', data, has_more: false, next_page: null });
}

const MOST_RESULTS = 50;

/** Every file is found, in an order that depends on the seed, the query and the file. */
function search({ body, path, ask, world }: InStore): Answer {
  const { query, max_num_results: most = 10 } = body;
  if (query === undefined || query === null) return missing('query');
  if (typeof query !== 'string' && !Array.isArray(query))
    return wrongType('query', 'a string or an array of strings', query);
  const files = filesOf(world);
  const found = shelfOf(world)
    .list(`${path}/files`)
    .map((file) => ({
      file_id: String(file['id']),
      filename: files.get(String(file['id']))?.object.filename ?? '',
      score: Math.round(uniform(ask.seed, `search ${String(query)} ${String(file['id'])}`) * 10_000) / 10_000,
      attributes: file['attributes'] ?? {},
      content: [{ type: 'text', text: textOf(files, String(file['id'])) }],
    }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, Math.min(Number(most), MOST_RESULTS));
  return json({
    object: 'vector_store.search_results.page',
    search_query: query,
    data: found,
    has_more: false,
    next_page: null,
  });
}

interface StoreFile extends Body {
  readonly object: 'vector_store.file';
}

function fileFrom({ params, world }: InStore, body: Body): StoreFile | Refusal {
  const id = String(body['file_id']);
  const file = filesOf(world).get(id);
  if (!file) return unknownObject('File object', id);
  return {
    id,
    object: 'vector_store.file',
    vector_store_id: params['store'],
    status: 'completed',
    usage_bytes: file.object.bytes,
    last_error: null,
    attributes: body['attributes'] ?? {},
    chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
    created_at: Math.floor(world.clock.epochMs() / 1_000),
  };
}

function keep({ path, world }: InStore, made: readonly Body[]): void {
  const shelf = shelfOf(world);
  for (const file of made) shelf.set(`${path}/files/${String(file['id'])}`, file);
  shelf.set(path, { ...shelf.get(path), ...summaryOf(shelf.list(`${path}/files`)) });
}

function summaryOf(files: readonly Body[]) {
  const bytes = files.reduce((sum, file) => sum + Number(file['usage_bytes']), 0);
  return { usage_bytes: bytes, file_counts: countsOf(files.length) };
}

function countsOf(completed: number) {
  return { in_progress: 0, completed, failed: 0, cancelled: 0, total: completed };
}

const SHOWN_BYTES = 800;

/** The beginning of a file, as far as it is text. */
function textOf(files: FileStore, id: string): string {
  return files.get(id)?.bytes.subarray(0, SHOWN_BYTES).toString('utf8') ?? '';
}
