import { createTag } from '../tag.ts';

/** What an answer says of where it came from, and one that was made does not. */
interface Origin {
  readonly url: string;
  readonly redirected: boolean;
  readonly type: Response['type'];
}

const origins = createTag<Origin>();

const told = (name: keyof Origin): PropertyDescriptor & ThisType<Response> => ({
  configurable: true,
  get() {
    return origins.get(this)?.[name];
  },
});

const clone: PropertyDescriptor & ThisType<Response> = {
  configurable: true,
  writable: true,
  value() {
    const copy = Response.prototype.clone.call(this);
    const origin = origins.get(this);
    return origin ? withOrigin(copy, origin) : copy;
  },
};

const prototype: object = Object.create(Response.prototype, {
  url: told('url'),
  redirected: told('redirected'),
  type: told('type'),
  clone,
});

function withOrigin(response: Response, origin: Origin): Response {
  origins.set(response, origin);
  return Object.setPrototypeOf(response, prototype) as Response;
}

/** The same answer with another body: nobody can tell it from the one that came. */
export function withBody(response: Response, body: ReadableStream<Uint8Array>): Response {
  const { status, statusText, headers, url, redirected, type } = response;
  return withOrigin(new Response(body, { status, statusText, headers }), { url, redirected, type });
}
