import type { CallRequest } from '../call.ts';

/** What is known of an endpoint before anything is sent. */
export type EndpointKind = Pick<CallRequest, 'operation' | 'endpoint' | 'outputType'>;

const image: EndpointKind = { operation: 'generate_content', endpoint: 'images', outputType: 'image' };
const transcript: EndpointKind = { operation: 'generate_content', endpoint: 'audio', outputType: 'text' };

/**
 * The endpoints at which models work, by the path that the client asks for with POST. Operations are the GenAI
 * conventions' names, and `moderation` where they have none.
 */
const posted: Readonly<Record<string, EndpointKind>> = {
  '/chat/completions': { operation: 'chat', endpoint: 'chat' },
  '/responses': { operation: 'chat', endpoint: 'responses' },
  '/completions': { operation: 'text_completion', endpoint: 'completions' },
  '/embeddings': { operation: 'embeddings', endpoint: 'embeddings' },
  '/moderations': { operation: 'moderation', endpoint: 'moderations' },
  '/images/generations': image,
  '/images/edits': image,
  '/images/variations': image,
  '/audio/speech': { operation: 'generate_content', endpoint: 'audio', outputType: 'speech' },
  '/audio/transcriptions': transcript,
  '/audio/translations': transcript,
};

/** A Response that exists already. The conventions count no tokens here: whoever made it has counted them. */
const fetched: EndpointKind = { operation: 'fetch_response', endpoint: 'fetch_response' };
const responsePath = /^\/responses\/[^/?#]+$/;

/** Undefined for an endpoint that is described by its method and path alone. */
export function endpointKind(method: string, path: string): EndpointKind | undefined {
  if (method === 'POST') return Object.hasOwn(posted, path) ? posted[path] : undefined;
  return method === 'GET' && responsePath.test(path) ? fetched : undefined;
}
