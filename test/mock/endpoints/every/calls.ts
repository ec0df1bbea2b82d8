import type OpenAI from 'openai';
import { type ClientMethod, callMethod, methodsOf } from '../../../contract/methods/client-methods.ts';
import { bodies, type Needs, needsOf } from './bodies.ts';
import { findId } from './find-id.ts';
import { special } from './table.ts';

export type Client = new (options: {
  baseURL: string;
  apiKey: string;
  adminAPIKey: string;
  maxRetries: number;
  fetch: typeof fetch;
}) => OpenAI;

export interface Answered {
  readonly name: string;
  /** What the client made of it: the events of a stream, the items of all pages, the bytes of a file, or the object. */
  readonly result: unknown;
  /** The JSON of the last answer that had one. */
  readonly json: string | undefined;
  readonly requests: readonly string[];
}

/** Calls the methods of one client against one mock. */
export class Caller {
  readonly #url: string;
  readonly #make: (fetcher: typeof fetch) => OpenAI;
  #needs: Promise<Needs> | undefined;

  constructor(url: string, Client: Client) {
    this.#url = url;
    this.#make = (fetcher) =>
      new Client({ baseURL: url, apiKey: 'any', adminAPIKey: 'any', maxRetries: 0, fetch: fetcher });
  }

  methods(): ClientMethod[] {
    return methodsOf(this.#make(fetch));
  }

  needs(): Promise<Needs> {
    const idOf = (path: string): Promise<string> =>
      (this.#needs ?? Promise.resolve({ idOf } as Pick<Needs, 'idOf'>)).then((needs) =>
        findId(this.#url, path, needs),
      );
    this.#needs ??= needsOf(this.#url, idOf);
    return this.#needs;
  }

  /** With `streams` in what is asked, if it is given. */
  async call(method: ClientMethod, streams?: object): Promise<Answered> {
    const needs = await this.needs();
    const plain = (await special[method.name]?.(needs)) ?? (await this.#argumentsOf(method, needs));
    // What is asked is the last argument.
    const args = streams ? [...plain.slice(0, -1), { ...(plain.at(-1) as object), ...streams }] : plain;
    const requests: string[] = [];
    let json: string | undefined;
    const openai = this.#make(async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).startsWith(this.#url)) return response;
      requests.push(`${init?.method ?? 'GET'} ${String(input).slice(this.#url.length)} ${response.status}`);
      if (response.headers.get('content-type')?.startsWith('application/json')) {
        json = await response.clone().text();
      }
      return response;
    });
    const result = await whole(await callMethod(openai, method.name, args));
    return { name: method.name, result, json, requests };
  }

  /** What a method wants is told by its source, and where it goes by what it does with names instead of ids. */
  async #argumentsOf(method: ClientMethod, needs: Needs): Promise<readonly unknown[]> {
    const [, list = ''] = /^(?:async )?\w+\(([^)]*)\) \{/.exec(method.source) ?? [];
    const names = list.split(',').map((one) => one.replace(/=.*/, '').trim());
    const parameters = names.filter((one) => one !== '' && one !== 'options');
    const open = [...method.source.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
    const inBody = open.filter((name) => !parameters.includes(name));
    const argumentsWith = (values: Readonly<Record<string, unknown>>, body: object) =>
      parameters.map((name) =>
        /^(?:body|params|query)$/.test(name)
          ? { ...body, ...Object.fromEntries(inBody.map((field) => [field, values[field]])) }
          : values[name],
      );
    const named = Object.fromEntries([...open, ...parameters].map((name) => [name, `~${name}`]));
    let seen = '';
    const probe = this.#make(async (input, init) => {
      // The client asks a data URL whether its fetch can send forms.
      if (!String(input).startsWith(this.#url)) return fetch(input, init);
      seen ||= `${init?.method ?? 'GET'} ${decodeURIComponent(String(input).slice(this.#url.length)).replace(/\?.*/, '')}`;
      throw new Error('only looked at');
    });
    const plausible = { file: needs.file, data: needs.file, image: needs.file, messages: [], input: '' };
    await Promise.resolve()
      .then(() => callMethod(probe, method.name, argumentsWith(named, plausible)))
      .catch(() => {});
    if (seen === '')
      throw new Error(`\`${method.name}\` sends nothing that can be looked at: give it a place in the table`);
    const values: Record<string, unknown> = {};
    let path = '';
    for (const part of seen.split(' ')[1]?.split('/').slice(1) ?? []) {
      if (part.startsWith('~')) {
        const id = await needs.idOf(path);
        values[part.slice(1)] = id;
        path += `/${encodeURIComponent(id)}`;
      } else path += `/${part}`;
    }
    const template = seen.replace(/~\w+/g, ':');
    const body =
      (await bodies[template]?.(needs)) ??
      (template.startsWith('GET /organization/usage') ? { start_time: 1 } : {});
    return argumentsWith(values, body);
  }
}

/** All that a caller can read of a result. */
async function whole(result: unknown): Promise<unknown> {
  if (result instanceof Response) return new Uint8Array(await result.arrayBuffer());
  if (typeof result !== 'object' || result === null) return result;
  if (Symbol.asyncIterator in result) {
    const items: unknown[] = [];
    for await (const item of result as AsyncIterable<unknown>) items.push(item);
    return items;
  }
  return result;
}
