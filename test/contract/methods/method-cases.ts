import { type Answer, chatBody, event, events, json, responseBody } from '../answers.ts';
import { type ContractCase, collect, ok } from '../contract-case.ts';
import { type World, worlds } from '../worlds.ts';
import { argumentsFor, identifier } from './arguments.ts';
import { type ClientMethod, callMethod, methodsOf } from './client-methods.ts';
import { elsewhere, notCalled, special } from './table.ts';

/** What the provider writes: it stands nowhere else. */
export const answered = 'Nuthatch answers';

/** An object and a page at once, in which every reader finds what it looks for. */
const plausible = {
  ...chatBody,
  ...responseBody,
  choices: chatBody.choices.map((choice) => ({ ...choice, text: answered })),
  id: identifier,
  thread_id: identifier,
  object: 'thing',
  description: answered,
  data: [{ id: 'entry_1', text: answered, embedding: 'AAAAPw==' }],
  has_more: false,
};

const bytes: Answer = {
  status: 200,
  headers: { 'content-type': 'application/octet-stream', 'x-request-id': 'req_b' },
  steps: [new Uint8Array([0, 255, 1, 254]), answered],
};

function answerTo({ source }: ClientMethod): Answer {
  if (source.includes('__binaryResponse: true')) return bytes;
  if (/\bstream: true\b/.test(source)) return events([event({ type: 'thing', text: answered })]);
  return json(plausible);
}

/** The methods of one version's client. */
export function methodsIn(world: World): ClientMethod[] {
  return methodsOf(new world.OpenAI({ apiKey: 'k' }));
}

const byVersion = new Map(
  worlds.map(({ version, ...world }) => [
    version,
    new Map(methodsIn({ version, ...world }).map((method) => [method.name, method])),
  ]),
);

/** Every method of a resource once, as it is in the newest client that has it. */
const newest = new Map([...byVersion.values()].flatMap((methods) => [...methods]));

/** One case for each method of each resource that has none in a list of its own. */
export const methodCases: readonly ContractCase[] = [...newest.values()]
  .filter(({ name }) => !Object.hasOwn(elsewhere, name) && !Object.hasOwn(notCalled, name))
  .map(caseOf);

function caseOf({ name }: ClientMethod): ContractCase {
  const { args, answer, requests = 1 } = special[name] ?? {};
  const versions = [...byVersion].filter(([, methods]) => methods.has(name)).map(([version]) => version);
  return {
    name,
    options: { adminAPIKey: 'sk-admin' },
    script: () => answer ?? answerTo(newest.get(name) as ClientMethod),
    run: async ({ client, world }) => {
      const file = await world.toFile(Buffer.from(answered), 'a.txt', { type: 'text/plain' });
      const method = byVersion.get(world.version)?.get(name) as ClientMethod;
      const made = args?.(file) ?? argumentsFor(method, file);
      if (!made) throw new Error(`\`${name}\` wants arguments that the table has to give`);
      return whole(await callMethod(client, name, made));
    },
    calls: Array.from({ length: requests }, () => ok(200)),
    ...(versions.length < worlds.length && { versions }),
  };
}

/** All that a caller can read of a result. */
async function whole(result: unknown): Promise<unknown> {
  if (result instanceof Response) return [...new Uint8Array(await result.arrayBuffer())];
  return isAsyncIterable(result) ? collect(result) : result;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
