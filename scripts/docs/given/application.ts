/** What a reader has in an application of their own. */
import { createServer, type Server } from 'node:http';
import OpenAI from 'openai';
import { observe } from '../../../src/index.ts';
import { createLimiter, type Limiter } from '../../../src/limiter.ts';

/** A client that is observed already, and keeps an audit. */
export const openai: OpenAI = observe(new OpenAI(), { audit: {} });

/** A client that is not yet observed. */
export const client: OpenAI = new OpenAI();

export const limiter: Limiter = createLimiter({ limits: [{ requests: 500, per: 'minute' }] });

/** Of a request that was not given up. */
export const signal: AbortSignal = new AbortController().signal;

export const server: Server = createServer();

/** Two organisations of one company. */
export const eastKey = 'sk-east';
export const westKey = 'sk-west';

/** OpenTelemetry, as the application set it up. */
export const sdk: { shutdown(): Promise<void> } = { shutdown: async () => {} };

export const request = { model: 'gpt-5', input: 'Hello' };

export const text = 'A telltale is a piece of yarn that shows how the wind flows.';

export const texts: readonly string[] = ['port', 'starboard'];

export const question = 'What is a telltale?';

/** Wakes somebody. */
export function page(message: string): void {
  console.log(message);
}

export function show(message: string): void {
  console.log(message);
}

/** Finds passages in the documents of the application. */
export async function search(query: string): Promise<readonly string[]> {
  return [`about ${query}`];
}

interface Reply {
  status(code: number): Reply;
  json(body: object): void;
}

/** Enough of a framework to answer a probe; each route is asked once, so that what it does is seen. */
export const app = {
  get(route: string, answer: (request: { readonly url: string }, response: Reply) => void): void {
    const response: Reply = {
      status: () => response,
      json: (body) => console.log(route, JSON.stringify(body)),
    };
    answer({ url: route }, response);
  },
};
