import type { Route } from './route.ts';

export interface Match {
  readonly endpoint: Route['endpoint'];
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** A path that is served, by this method or by none but others; undefined for one that is not served at all. */
export type Found = Match | { readonly endpoint: Route['endpoint']; readonly route: undefined } | undefined;

interface Pattern {
  readonly route: Route;
  readonly parts: readonly string[];
}

const none: Readonly<Record<string, string>> = {};

/** Finds the route of a method and a path. A path that a route spells out comes before one with open parts. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const fixed = new Map<string, Route[]>();
  const patterns = new Map<number, Pattern[]>();
  for (const route of routes) {
    const parts = route.path.split('/');
    if (route.path.includes('/:')) push(patterns, parts.length, { route, parts });
    else push(fixed, route.path, route);
  }
  return (method, path) => {
    const spelled = fixed.get(path);
    const route = spelled?.find((candidate) => candidate.method === method);
    if (route) return { endpoint: route.endpoint, route, params: none };
    const given = path.split('/');
    const matching = (patterns.get(given.length) ?? []).filter(({ parts }) => matches(parts, given));
    const match = matching.find((candidate) => candidate.route.method === method);
    if (match) {
      const { route: open, parts } = match;
      return { endpoint: open.endpoint, route: open, params: paramsOf(parts, given) };
    }
    const other = spelled?.[0] ?? matching[0]?.route;
    return other && { endpoint: other.endpoint, route: undefined };
  };
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function matches(parts: readonly string[], given: readonly string[]): boolean {
  return parts.every((part, index) => (part.startsWith(':') ? given[index] !== '' : part === given[index]));
}

function paramsOf(parts: readonly string[], given: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decoded(given[index] ?? '');
  }
  return params;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
