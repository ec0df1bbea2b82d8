import type { CallRequest } from '../call.ts';
import { outsideWord } from '../outside-word.ts';
import type { RequestOptions } from './doors.ts';
import { modelEndpoint, routedEndpoint } from './endpoints.ts';
import { routeOf } from './route.ts';

/** Where a client sends its requests. */
export interface ServerAddress {
  readonly provider: CallRequest['provider'];
  readonly serverAddress: string;
  readonly serverPort?: number;
}

/** Turns the client's request options into what the stages know of a call. Never throws. */
export function describeRequest(options: RequestOptions, server: ServerAddress): CallRequest {
  const path = String(options.path ?? '/');
  const isPost = options.method === 'post';
  const method = isPost ? 'POST' : String(options.method ?? 'get').toUpperCase();
  const bare = withoutQuery(path);
  const working = isPost ? modelEndpoint(bare) : undefined;
  // What a model works at has no identifiers in its path.
  const route = working ? bare : routeOf(path);
  const known = working ?? routedEndpoint(method, route);
  const body = plainObject(options.body);
  const model = body ? body['model'] : formField(options.body, 'model');
  // Put together field by field: spreading is several times dearer, and this is done for every call.
  const request: Writable<CallRequest> = {
    operation: known?.operation ?? `${method} ${route}`,
    endpoint: known?.endpoint ?? 'other',
    method,
    route,
    streamed: options.stream === true,
    provider: server.provider,
    serverAddress: server.serverAddress,
  };
  if (server.serverPort !== undefined) request.serverPort = server.serverPort;
  if (typeof model === 'string' && model !== '') request.model = outsideWord(model);
  if (body !== undefined) request.body = body;
  if (known?.outputType !== undefined) request.outputType = known.outputType;
  const conversationId = known ? undefined : conversationPath.exec(path)?.[1];
  if (conversationId !== undefined) request.conversationId = outsideWord(conversationId);
  return request;
}

function withoutQuery(path: string): string {
  const at = path.indexOf('?');
  return at === -1 ? path : path.slice(0, at);
}

const conversationPath = /^\/conversations\/([^/?#]+)/;

/** A text field of a form, which is what an upload has become by the time openai 6 sends it. */
function formField(body: unknown, name: string): unknown {
  return body instanceof FormData ? body.get(name) : undefined;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function plainObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Reads the address from a base URL. An address that is no URL is reported as it stands, without credentials. */
export function serverOf(baseURL: string | undefined, isAzure: boolean): ServerAddress {
  let address = 'unknown';
  let port: number | undefined;
  try {
    const url = new URL(baseURL ?? '');
    address = url.hostname;
    port = url.port === '' ? defaultPorts[url.protocol] : Number(url.port);
  } catch {
    // The client will fail on it in its own words.
  }
  const azure = isAzure || address.endsWith('.openai.azure.com');
  return {
    provider: azure ? 'azure.ai.openai' : 'openai',
    serverAddress: address,
    ...(port !== undefined && { serverPort: port }),
  };
}

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };
