import type { CallRequest } from '../call.ts';

/** What is known of an endpoint before anything is sent. */
export type EndpointKind = Pick<CallRequest, 'operation' | 'endpoint' | 'outputType'>;

const image: EndpointKind = { operation: 'generate_content', endpoint: 'images', outputType: 'image' };
const transcript: EndpointKind = { operation: 'generate_content', endpoint: 'audio', outputType: 'text' };

/**
 * The endpoints at which models work, by the path that the client asks for with POST. Operations are the GenAI
 * conventions' names, and others where they have none.
 */
const posted: Readonly<Record<string, EndpointKind>> = {
  '/chat/completions': { operation: 'chat', endpoint: 'chat' },
  '/responses': { operation: 'chat', endpoint: 'responses' },
  '/completions': { operation: 'text_completion', endpoint: 'completions' },
  '/embeddings': { operation: 'embeddings', endpoint: 'embeddings' },
  '/responses/compact': { operation: 'compaction', endpoint: 'compaction' },
  '/decisions': { operation: 'decision', endpoint: 'decisions' },
  '/moderations': { operation: 'moderation', endpoint: 'moderations' },
  '/images/generations': image,
  '/images/edits': image,
  '/images/variations': image,
  '/audio/speech': { operation: 'generate_content', endpoint: 'audio', outputType: 'speech' },
  '/audio/transcriptions': transcript,
  '/audio/translations': transcript,
};

const createAgent: EndpointKind = { operation: 'create_agent', endpoint: 'other' };
const invokeAgent: EndpointKind = { operation: 'invoke_agent', endpoint: 'other' };

/** Other endpoints that the conventions have a name for, by their route. */
const routed: Readonly<Record<string, EndpointKind>> = {
  // The conventions count no tokens here: whoever made the Response has counted them.
  'GET /responses/{id}': { operation: 'fetch_response', endpoint: 'fetch_response' },
  'POST /vector_stores/{id}/search': { operation: 'retrieval', endpoint: 'other' },
  'POST /assistants': createAgent,
  'POST /agents': createAgent,
  'POST /threads/runs': invokeAgent,
  'POST /threads/{id}/runs': invokeAgent,
};

/** By the path that is posted to, without its query: undefined where no model is at work. */
export function modelEndpoint(path: string): EndpointKind | undefined {
  return Object.hasOwn(posted, path) ? posted[path] : undefined;
}

/** Undefined for an endpoint that is described by its method and route alone. */
export function routedEndpoint(method: string, route: string): EndpointKind | undefined {
  const key = `${method} ${route}`;
  return Object.hasOwn(routed, key) ? routed[key] : undefined;
}
