import type OpenAI from 'openai';

type Callable = (...args: unknown[]) => unknown;

/** A method of one of the client's resources. */
export interface ClientMethod {
  /** From the client: `vectorStores.files.list`. */
  readonly name: string;
  /** Its source text, which tells what it wants and what it does. */
  readonly source: string;
}

/** Every method of every resource of a client, found on the client itself. */
export function methodsOf(client: OpenAI): ClientMethod[] {
  const methods: ClientMethod[] = [];
  const seen = new Set<object>();
  const walk = (owner: object, path: string): void => {
    for (const [key, value] of Object.entries(owner)) {
      if (!isResource(value) || seen.has(value)) continue;
      seen.add(value);
      for (const name of methodNames(value))
        methods.push({ name: `${path}${key}.${name}`, source: String((value as Methods)[name]) });
      walk(value, `${path}${key}.`);
    }
  };
  walk(client, '');
  return methods;
}

type Methods = Readonly<Record<string, Callable>>;

/** Calls the method of that name. */
export function callMethod(client: OpenAI, name: string, args: readonly unknown[]): unknown {
  const keys = name.split('.');
  const last = keys.pop() ?? '';
  const owner = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], client) as Methods;
  return owner[last]?.(...args);
}

/** A resource holds the client that it belongs to. */
function isResource(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '_client');
}

function methodNames(resource: object): string[] {
  const names: string[] = [];
  for (
    let prototype: object | null = Object.getPrototypeOf(resource);
    prototype && prototype !== Object.prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
      if (name !== 'constructor' && typeof value === 'function') names.push(name);
  }
  return names;
}
