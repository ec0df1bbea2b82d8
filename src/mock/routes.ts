import type { Answer, Ask, Body } from './answer.ts';
import { answerChat } from './chat.ts';
import { answerEmbeddings } from './embeddings.ts';
import type { Endpoint } from './endpoints.ts';
import { listModels, retrieveModel } from './models.ts';
import { answerResponses } from './responses.ts';

/** What serves a path. */
export type Route =
  | {
      readonly endpoint: Endpoint;
      readonly method: 'POST';
      readonly answer: (body: Body, ask: Ask) => Answer;
    }
  | { readonly endpoint: Endpoint; readonly method: 'GET'; readonly answer: () => Answer };

const routes: Readonly<Record<string, Route>> = {
  '/chat/completions': { endpoint: 'chat', method: 'POST', answer: answerChat },
  '/responses': { endpoint: 'responses', method: 'POST', answer: answerResponses },
  '/embeddings': { endpoint: 'embeddings', method: 'POST', answer: answerEmbeddings },
  '/models': { endpoint: 'models', method: 'GET', answer: listModels },
};

const MODEL = '/models/';

/** The route of a path, with or without `/v1`; undefined where the mock serves none. */
export function routeOf(path: string): Route | undefined {
  const bare = path.startsWith('/v1/') ? path.slice('/v1'.length) : path;
  if (Object.hasOwn(routes, bare)) return routes[bare];
  if (!bare.startsWith(MODEL) || bare.length === MODEL.length) return undefined;
  const id = decoded(bare.slice(MODEL.length));
  return { endpoint: 'models', method: 'GET', answer: () => retrieveModel(id) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
