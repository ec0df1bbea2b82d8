import type { Answer, Body } from '../answer.ts';
import type { Endpoint } from '../endpoint.ts';
import { presenceProblem } from '../fields.ts';
import type { ApiRequest, Route } from '../route.ts';
import { json } from './answers.ts';
import { shelfOf } from './shelf.ts';

/** A setting of which there is one at its path. */
export interface Single {
  readonly endpoint: Endpoint;
  readonly path: string;
  /** As it is until somebody sets it. */
  readonly first: Body;
  /** Fields of a request that stand for others of the object: `retention_type` for `type`. */
  readonly renamed?: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  /** The name of its kind in the answer to its deletion, where it can be deleted. */
  readonly deleted?: string;
}

export function singleRoutes(singles: readonly Single[]): readonly Route[] {
  return singles.flatMap((single) => {
    const { endpoint, path, deleted } = single;
    const routes: Route[] = [
      { endpoint, method: 'GET', path, answer: (request) => json(current(single, request)) },
      { endpoint, method: 'POST', path, answer: (request) => set(single, request) },
    ];
    if (deleted === undefined) return routes;
    const answer = (request: ApiRequest) => {
      const shelf = shelfOf(request.world);
      return json({ object: deleted, deleted: true }, () => shelf.delete(placeOf(single, request)));
    };
    return [...routes, { endpoint, method: 'DELETE', path, answer }];
  });
}

function set(single: Single, request: ApiRequest): Answer {
  for (const name of single.required ?? []) {
    const problem = presenceProblem(request.body, name);
    if (problem) return problem;
  }
  const before = current(single, request);
  const changed: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(request.body)) {
    const field = single.renamed?.[name] ?? name;
    if (field in before) changed[field] = value;
  }
  return json(changed, () => shelfOf(request.world).set(placeOf(single, request), changed));
}

function current(single: Single, request: ApiRequest): Body {
  return shelfOf(request.world).get(placeOf(single, request)) ?? single.first;
}

function placeOf({ path }: Single, { params }: ApiRequest): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
