import OpenAI from 'openai';
import OpenAI6 from 'openai-v6';
import { observe } from '../../../src/index.ts';
import { type AnswerFunction, type Mock, type MockOptions, startMock } from '../../../src/mock/index.ts';
import {
  type Conversation,
  type ConversationOptions,
  type ConversationVia,
  conversation as kept,
  memoryRecords,
} from '../../../src/patterns/index.ts';

export const ways: readonly ConversationVia[] = ['conversations', 'previous-response', 'history'];

export const majors = [
  ['openai 7', OpenAI],
  ['openai 6', OpenAI6 as unknown as typeof OpenAI],
] as const;

/** In a store of its own, unless another is given: without one it would be kept in files where the tests run. */
export const conversation = async (options: ConversationOptions): Promise<Conversation> =>
  await kept({ store: memoryRecords(options.clock ? { clock: options.clock } : {}), ...options });

/** As quick as one can watch. */
export const quick = { firstTokenMs: 2, betweenTokensMs: 1, sigma: 0 };

export async function startQuickMock(options: MockOptions = {}): Promise<Mock> {
  return await startMock({ latency: quick, ...options });
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export function clientOf(
  mock: { readonly url: string },
  Client: typeof OpenAI = OpenAI,
  sent: Sent[] = [],
  send: typeof fetch = fetch,
): OpenAI {
  const recording: typeof fetch = async (url, init) => {
    const { method = 'GET', body } = init ?? {};
    const path = String(url).slice(mock.url.length);
    sent.push({ method, path, body: typeof body === 'string' ? JSON.parse(body) : {} });
    return await send(url, init);
  };
  return observe(new Client({ apiKey: 'k', baseURL: mock.url, maxRetries: 0, fetch: recording }));
}

export interface Model {
  readonly mock: Mock;
  readonly client: OpenAI;
  /** What it was shown with each request: `role: text`. */
  readonly shown: string[][];
  /** The requests of the client, as it sent them. */
  readonly sent: Sent[];
  /** What those to `/responses` said themselves. */
  bodies(): readonly Readonly<Record<string, unknown>>[];
}

/** A model that answers `re: …`, and tells what it was shown; what `script` gives goes before that. */
export async function startModel(
  Client: typeof OpenAI = OpenAI,
  script: AnswerFunction = () => undefined,
  options: MockOptions = {},
): Promise<Model> {
  const shown: string[][] = [];
  const sent: Sent[] = [];
  const mock = await startQuickMock({
    ...options,
    answers: (request) => {
      shown.push(request.messages.map(said));
      return script(request) ?? `re: ${request.text}`;
    },
  });
  const bodies = () =>
    sent.filter(({ method, path }) => method === 'POST' && path === '/responses').map(({ body }) => body);
  return { mock, client: clientOf(mock, Client, sent), shown, sent, bodies };
}

function said(message: unknown): string {
  if (typeof message === 'string') return `user: ${message}`;
  const { role, content } = message as { role: string; content: string | { text?: string; type: string }[] };
  const text =
    typeof content === 'string' ? content : content.map((part) => part.text ?? `[${part.type}]`).join('|');
  return `${role}: ${text}`;
}
