import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import type { Mock } from '../../src/mock/index.ts';
import { statefulAnswersOf } from './stateful-answers.ts';
import { hello, mockForTest } from './support.ts';

async function post(mock: Mock, route: string, body: object): Promise<string> {
  const headers = { authorization: 'Bearer any', 'x-call-id': 'call-1' };
  const answer = await fetch(mock.url + route, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.text();
}

/** The JSON of each event of a stream. */
function eventsOf(text: string): string[] {
  return [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => json ?? '');
}

/** The client adds it to what it parses; on the wire it never is. */
function withOutputText(json: string): string {
  const value = JSON.parse(json);
  (value.response ?? value).output_text = '';
  return JSON.stringify(value);
}

const parameters = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
const refused = 'Say it: [refuse]';

/** What else a chat may be asked for. */
const richChats = [
  { n: 2, logprobs: true, top_logprobs: 2, metadata: { run: 'a' }, service_tier: 'flex' },
  { messages: [{ role: 'user', content: refused }] },
  { response_format: { type: 'json_schema', json_schema: { name: 'place', schema: parameters } } },
  {
    tools: [
      { type: 'function', function: { name: 'look', parameters } },
      { type: 'custom', custom: { name: 'note' } },
    ],
    tool_choice: 'required',
  },
];

/** What else a response may be asked for. */
const richResponses = [
  { input: refused },
  { reasoning: { summary: 'auto', effort: 'high' }, include: ['reasoning.encrypted_content'] },
  { model: 'gpt-4o', include: ['message.output_text.logprobs'], top_logprobs: 2 },
  { text: { format: { type: 'json_schema', name: 'place', schema: parameters } } },
  {
    tools: [
      { type: 'function', name: 'look', parameters, strict: false },
      { type: 'custom', name: 'note' },
    ],
    tool_choice: 'required',
  },
];

/** Pairs of a type of the client and an answer's JSON, which is a TypeScript literal as well. */
async function answersOf(mock: Mock): Promise<[type: string, json: string][]> {
  const chat = { model: 'gpt-5', messages: hello };
  const streamed = { ...chat, stream: true, stream_options: { include_usage: true } };
  const response = { model: 'gpt-5', input: 'Hello' };
  const embedding = { model: 'text-embedding-3-small', input: 'Hello', dimensions: 2 };
  const responses = [
    response,
    { ...response, max_output_tokens: 70 },
    { ...response, max_output_tokens: 20 },
    ...richResponses.map((fields) => ({ ...response, ...fields })),
  ];
  const headers = { authorization: 'Bearer any' };
  const answers: [string, string][] = [
    ['OpenAI.ChatCompletion', await post(mock, '/chat/completions', chat)],
    ['OpenAI.CreateEmbeddingResponse', await post(mock, '/embeddings', embedding)],
    ['OpenAI.Model', await (await fetch(`${mock.url}/models/gpt-4o`, { headers })).text()],
  ];
  for (const fields of [{}, ...richChats]) {
    const whole = await post(mock, '/chat/completions', { ...chat, ...fields });
    answers.push(['OpenAI.ChatCompletion', whole]);
    for (const json of eventsOf(await post(mock, '/chat/completions', { ...streamed, ...fields }))) {
      answers.push(['OpenAI.ChatCompletionChunk', json]);
    }
  }
  for (const asked of responses) {
    answers.push(['OpenAI.Responses.Response', withOutputText(await post(mock, '/responses', asked))]);
    for (const json of eventsOf(await post(mock, '/responses', { ...asked, stream: true }))) {
      answers.push([
        'OpenAI.Responses.ResponseStreamEvent',
        json.includes('"response":') ? withOutputText(json) : json,
      ]);
    }
  }
  return answers;
}

/** What the compiler says against `answers` being of their types in a version of the client; empty for nothing. */
async function complaints(
  version: string,
  answers: readonly [type: string, json: string][],
): Promise<string> {
  const directory = await mkdtemp(path.resolve('node_modules', '.mock-types-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const lines = answers.map(([type, json]) => `accept<${type}>()(${json});`);
  const accept = 'declare function accept<T>(): <X extends T>(answer: X) => void;';
  await writeFile(
    path.join(directory, 'answers.ts'),
    [`import type OpenAI from '${version}';`, accept, ...lines].join('\n'),
  );
  const compiler = path.resolve('node_modules', 'typescript', 'bin', 'tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--ignoreConfig',
    '--types',
    '',
    '--target',
    'es2023',
  ];
  const resolution = ['--module', 'nodenext', path.join(directory, 'answers.ts')];
  return promisify(execFile)(process.execPath, [compiler, ...options, ...resolution]).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
}

test.each(['openai-v6-0', 'openai-v6', 'openai'])(
  'the generated types of %s accept every answer',
  async (version) => {
    const mock = await mockForTest();
    const all = [...(await answersOf(mock)), ...(await statefulAnswersOf(mock, version))];
    // The chunks of openai 6 know no custom tools, which the provider sends all the same.
    const answers = all.filter(([type, json]) => {
      return (
        version === 'openai' || type !== 'OpenAI.ChatCompletionChunk' || !json.includes('"type":"custom"')
      );
    });
    expect(answers.length).toBeGreaterThan(40);
    expect(await complaints(version, answers)).toBe('');
  },
);

test('the compiler would have complained of a wrong answer', async () => {
  const wrong = '{"id":"m","object":"model","created":"yesterday","owned_by":"x"}';
  expect(await complaints('openai', [['OpenAI.Model', wrong]])).toContain('error TS');
});
