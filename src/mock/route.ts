import type { Answer, Ask, Body } from './answer.ts';
import type { Endpoint } from './endpoint.ts';
import type { World } from './world.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A request to the API as its endpoint sees it. */
export interface ApiRequest {
  /** Its JSON; empty where it has none. */
  readonly body: Body;
  /** The parts of its path that the route names. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Its body as it came. */
  readonly raw: Buffer;
  /** Its body as a form; undefined where it is none. */
  readonly form: FormData | undefined;
  readonly ask: Ask;
  /** Runs `task` once the request has ended, in whatever way: at once where it has. */
  readonly whenEnded: (task: () => void) => void;
  readonly world: World;
}

/** What serves a path. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly method: Method;
  /** Without `/v1`; a part that begins with a colon takes anything: `/responses/:id`. */
  readonly path: string;
  /**
   * What its body must be: `json` an object, `form` a form of parts, `any` whatever comes (a JSON object is read). A GET and a
   * DELETE have none.
   * @default 'json'
   */
  readonly takes?: 'json' | 'form' | 'any';
  readonly answer: (request: ApiRequest) => Answer | Promise<Answer>;
}
