import type { Doors, PrepareRequest, RequestOptions } from './doors.ts';
import { linkHeaders } from './links.ts';

/** Tells of one attempt whether its request passes only openai's own code between its options and `fetch`. */
export type IsPlain = (options: RequestOptions) => boolean;

/**
 * Puts a mark on the headers of each request as `prepareRequest` is shown them beside the options that they were
 * built from. The mark arrives at `fetch` only where nothing on the way makes other headers or other options: a method
 * that a subclass or the user replaced, a provider, a workload identity with its replay, or headers in `fetchOptions`.
 * The function that is returned tells, and where it says no, the asynchronous context has to carry the attempt.
 */
export function observePrepareRequest(client: Doors, hide: (name: string, value: unknown) => void): IsPlain {
  const base = openaiPrototype(client);
  const { prepareRequest } = client;
  if (!base || typeof prepareRequest !== 'function' || prepareRequest !== base.prepareRequest) return never;
  const observed: PrepareRequest = function observedPrepareRequest(request, context) {
    if (request.headers instanceof Headers) linkHeaders(request.headers, context.options);
    return prepareRequest.call(client, request, context);
  };
  hide('prepareRequest', observed);
  return function isPlain(options) {
    return (
      client.prepareRequest === observed &&
      client.fetchWithTimeout === base.fetchWithTimeout &&
      client.fetchWithAuth === base.fetchWithAuth &&
      !client._provider &&
      !client._workloadIdentityAuth &&
      !client.fetchOptions?.headers &&
      !options.fetchOptions?.headers
    );
  };
}

const never: IsPlain = () => false;

/** The prototype of openai's own class, however many subclasses there are above it. */
function openaiPrototype(client: object): Partial<Doors> | undefined {
  let found: object | undefined;
  for (let at: object | null = Object.getPrototypeOf(client); at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'makeRequest')) found = at;
  }
  return found;
}
