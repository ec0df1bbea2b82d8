import { answerChat } from './endpoints/chat.ts';
import { conversationRoutes } from './endpoints/conversations.ts';
import { answerEmbeddings } from './endpoints/embeddings.ts';
import { listModels, retrieveModel } from './endpoints/models.ts';
import { responseRoutes } from './endpoints/stored-responses.ts';
import type { Route } from './route.ts';
import { createRouter, type Found } from './router.ts';

const routes: readonly Route[] = [
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
];

const find = createRouter(routes);

/** What serves a path, with or without `/v1`. */
export function routeOf(method: string, path: string): Found {
  return find(method, path.startsWith('/v1/') ? path.slice('/v1'.length) : path);
}
