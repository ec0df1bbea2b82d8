import { batchRoutes } from './endpoints/batches.ts';
import { answerChat } from './endpoints/chat.ts';
import { completionRoutes } from './endpoints/completions.ts';
import { conversationRoutes } from './endpoints/conversations.ts';
import { answerEmbeddings } from './endpoints/embeddings.ts';
import { fileRoutes } from './endpoints/files.ts';
import { deleteModel, listModels, retrieveModel } from './endpoints/models.ts';
import { moderationRoutes } from './endpoints/moderations.ts';
import { plainRoutes } from './endpoints/plain-routes.ts';
import { remembering } from './endpoints/stored-chat.ts';
import { responseRoutes } from './endpoints/stored-responses.ts';
import { uploadRoutes } from './endpoints/uploads.ts';
import type { Route } from './route.ts';
import { createRouter, type Found } from './router.ts';

const atOnce: readonly Route[] = [
  {
    endpoint: 'chat',
    method: 'POST',
    path: '/chat/completions',
    answer: ({ body, ask }) => answerChat(body, ask),
  },
  ...responseRoutes,
  ...conversationRoutes,
  {
    endpoint: 'embeddings',
    method: 'POST',
    path: '/embeddings',
    answer: ({ body, ask }) => answerEmbeddings(body, ask),
  },
  { endpoint: 'models', method: 'GET', path: '/models', answer: () => listModels() },
  {
    endpoint: 'models',
    method: 'GET',
    path: '/models/:model',
    answer: ({ params }) => retrieveModel(params['model'] ?? ''),
  },
  {
    endpoint: 'models',
    method: 'DELETE',
    path: '/models/:model',
    answer: ({ params }) => deleteModel(params['model'] ?? ''),
  },
  ...completionRoutes,
  ...moderationRoutes,
  ...fileRoutes,
  ...uploadRoutes,
];

/** Everything that is served, what is spelled out first coming first. */
export const routes: readonly Route[] = [
  ...atOnce.map((route) => (route.path === '/chat/completions' ? remembering(route) : route)),
  ...plainRoutes,
  ...batchRoutes(atOnce),
];

const find = createRouter(routes);

/** What serves a path, with or without `/v1`. */
export function routeOf(method: string, path: string): Found {
  return find(method, path.startsWith('/v1/') ? path.slice('/v1'.length) : path);
}
