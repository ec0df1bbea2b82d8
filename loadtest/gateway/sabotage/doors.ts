import type OpenAI from 'openai';

/** The private methods of a client in which bugs are planted; see the wrapper's own list of them. */
export interface Doors {
  fetch: typeof fetch;
  makeRequest(
    options: unknown,
    retriesRemaining: number | null,
    retryOf: string | undefined,
  ): Promise<unknown>;
  shouldRetry(response: Response): Promise<boolean>;
}

export function doorsOf(client: OpenAI): Doors {
  return client as unknown as Doors;
}

/** Replaces a method of a client; enumeration and spreading do not see it, as they do not see the wrapper's own. */
export function replace<Name extends keyof Doors>(doors: Doors, name: Name, value: Doors[Name]): void {
  Object.defineProperty(doors, name, { value, writable: true, configurable: true, enumerable: false });
}
