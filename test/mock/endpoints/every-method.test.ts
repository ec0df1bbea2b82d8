import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mock, startMock } from '../../../src/mock/index.ts';
import { clients, instant } from '../support.ts';
import { type Answered, Caller, type Client } from './every/calls.ts';
import { complaints } from './every/compile.ts';
import { eventsOtherwiseTyped, notCalled, otherwiseTyped, refused, special, streams } from './every/table.ts';

const packages: Readonly<Record<string, string>> = { '6.0': 'openai-v6-0', '6': 'openai-v6', '7': 'openai' };

const allNames = new Set<string>();

/** A page for each item of a page: the compiler would make one type of all that stand in one list. */
function oneByOne(json: string | undefined): readonly string[] {
  if (!json) return [];
  const { data, ...rest } = JSON.parse(json);
  return Array.isArray(data) ? data.map((item) => JSON.stringify({ ...rest, data: [item] })) : [json];
}

/** Starting and calling everything takes seconds, not milliseconds. */
const LONG_MS = 180_000;

describe.each(clients)('every method of every resource of openai $version', ({ Client: client, version }) => {
  let mock: Mock;
  const answers: Answered[] = [];
  const streamed: Answered[] = [];
  const failures = new Map<string, { status?: number; message: string }>();
  let names: string[] = [];

  beforeAll(async () => {
    mock = await startMock({ latency: instant });
    const caller = new Caller(mock.url, client as unknown as Client);
    const methods = caller.methods();
    names = methods.map(({ name }) => name);
    for (const name of names) allNames.add(name);
    for (const method of methods) {
      if (Object.hasOwn(notCalled, method.name)) continue;
      await caller.call(method).then(
        (answered) => answers.push(answered),
        (error) => failures.set(method.name, error),
      );
      if (!streams.includes(method.name)) continue;
      // Those that do not know partial images take no notice.
      streamed.push(await caller.call(method, { stream: true, partial_images: 1 }));
    }
  }, LONG_MS);
  afterAll(() => mock.close());

  test('resolves, but for those that are refused for a reason', () => {
    expect(names.length).toBeGreaterThan(100);
    const wrong = [...failures].filter(([name, { status }]) => refused[name]?.[0] !== status);
    expect(wrong.map(([name, { message }]) => `${name}: ${message}`)).toEqual([]);
    const taken = answers.map(({ name }) => name).filter((name) => Object.hasOwn(refused, name));
    expect(taken).toEqual([]);
  });

  test('asks only what the mock serves', () => {
    const unserved = mock.ledger().filter(({ endpoint, status }) => endpoint === 'other' || status === 405);
    // The lists and creations that the test tries to find an id by are not the client's.
    expect(unserved.filter(({ retryCount }) => retryCount !== undefined)).toEqual([]);
  });

  test('has something to give: streams have events, pages items, files bytes', () => {
    const empty = answers.filter(
      ({ result }) => (Array.isArray(result) || result instanceof Uint8Array) && result.length === 0,
    );
    expect(empty.map(({ name }) => name)).toEqual([]);
  });

  test(
    'streams events of the client’s own types, where it is asked to',
    async () => {
      const heard = answers.filter(({ name }) => name === 'beta.agents.sessions.events.stream');
      const typed = streamed.filter(({ name }) => !Object.hasOwn(eventsOtherwiseTyped, name));
      const events = [...typed, ...heard].flatMap(({ name, result }) =>
        (result as unknown[]).map((one) => ({ method: name, json: JSON.stringify(one), isEvent: true })),
      );
      expect(new Set(events.map(({ method }) => method)).size).toBeGreaterThanOrEqual(6);
      expect(events.length).toBeGreaterThan(50);
      expect(await complaints(packages[version] ?? '', events)).toBe('');
    },
    LONG_MS,
  );

  test(
    'is answered in the shape that the client’s own types promise',
    async () => {
      const typed = answers.filter(({ name }) => !Object.hasOwn(otherwiseTyped, name));
      const checked = typed.flatMap(({ name, json }) =>
        oneByOne(json).map((one) => ({ method: name, json: one })),
      );
      expect(checked.length).toBeGreaterThan(90);
      expect(await complaints(packages[version] ?? '', checked)).toBe('');
    },
    LONG_MS,
  );
});

test(
  'a wrong answer would have been seen',
  async () => {
    const wrong = { method: 'files.retrieve', json: '{"id":"file-1","object":"file","bytes":"many"}' };
    expect(await complaints('openai', [wrong])).toContain('error TS');
  },
  LONG_MS,
);

test('the lists of methods are about methods that there are', () => {
  const lists = [special, refused, notCalled, otherwiseTyped, eventsOtherwiseTyped];
  const listed = [...streams, ...lists.flatMap((list) => Object.keys(list))];
  expect(listed.filter((name) => !allNames.has(name))).toEqual([]);
});
