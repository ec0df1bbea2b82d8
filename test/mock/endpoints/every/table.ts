import type { Needs } from './bodies.ts';

const inThread = (thread_id: string, { assistantId }: Needs) => ({ thread_id, assistant_id: assistantId });
const hello = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };

/** The arguments of methods that make requests out of others. */
export const special: Readonly<Record<string, (needs: Needs) => Promise<readonly unknown[]>>> = {
  'files.waitForProcessing': async ({ fileId }) => [fileId],
  'chat.completions.parse': async () => [hello],
  'chat.completions.stream': async () => [hello],
  'chat.completions.runTools': async () => [{ ...hello, tools: [] }],
  'responses.parse': async () => [{ model: 'gpt-4o', input: 'Hello' }],
  'responses.stream': async () => [{ model: 'gpt-4o', input: 'Hello' }],
  'responses.cancel': async (needs) => [await backgroundId(needs)],
  'beta.responses.cancel': async (needs) => [await backgroundId(needs)],
  'models.delete': async () => ['ft:gpt-4o:mock'],
  'uploads.complete': async ({ openai, file }) => {
    const about = { bytes: 5, filename: 'a', mime_type: 'text/plain', purpose: 'user_data' } as const;
    const { id } = await openai.uploads.create(about);
    return [id, { part_ids: [(await openai.uploads.parts.create(id, { data: file })).id] }];
  },
  'skills.versions.delete': async ({ openai, idOf, file }) => {
    const skill_id = await idOf('/skills');
    return [(await openai.skills.versions.create(skill_id, { files: [file] })).version, { skill_id }];
  },
  'vectorStores.search': async ({ openai, fileId }) => [
    (await openai.vectorStores.create({ file_ids: [fileId] })).id,
    { query: 'Hello' },
  ],
  'beta.threads.runs.list': async ({ openai, assistantId }) => [
    (await openai.beta.threads.createAndRun({ assistant_id: assistantId })).thread_id,
  ],
  'beta.threads.messages.list': async ({ openai, assistantId }) => [
    (await openai.beta.threads.createAndRun({ assistant_id: assistantId })).thread_id,
  ],
  'vectorStores.files.createAndPoll': async ({ idOf, fileId }) => [
    await idOf('/vector_stores'),
    { file_id: fileId },
  ],
  'vectorStores.files.poll': async ({ idOf }) => {
    const store = await idOf('/vector_stores');
    return [store, await idOf(`/vector_stores/${store}/files`)];
  },
  'vectorStores.files.upload': async ({ idOf, file }) => [await idOf('/vector_stores'), file],
  'vectorStores.files.uploadAndPoll': async ({ idOf, file }) => [await idOf('/vector_stores'), file],
  'vectorStores.fileBatches.createAndPoll': async ({ idOf, fileId }) => [
    await idOf('/vector_stores'),
    { file_ids: [fileId] },
  ],
  'vectorStores.fileBatches.poll': async ({ idOf }) => {
    const store = await idOf('/vector_stores');
    return [store, await idOf(`/vector_stores/${store}/file_batches`)];
  },
  'vectorStores.fileBatches.uploadAndPoll': async ({ idOf, file }) => [
    await idOf('/vector_stores'),
    { files: [file] },
  ],
  'beta.threads.createAndRunPoll': async ({ assistantId }) => [{ assistant_id: assistantId }],
  'beta.threads.createAndRunStream': async ({ assistantId }) => [{ assistant_id: assistantId }],
  'beta.threads.runs.createAndPoll': async (needs) => [await needs.idOf('/threads'), inThread('', needs)],
  'beta.threads.runs.createAndStream': async (needs) => [await needs.idOf('/threads'), inThread('', needs)],
  'beta.threads.runs.stream': async (needs) => [await needs.idOf('/threads'), inThread('', needs)],
  'beta.threads.runs.poll': async (needs) => {
    const thread = await needs.idOf('/threads');
    return [await needs.idOf(`/threads/${thread}/runs`), { thread_id: thread }];
  },
  'beta.threads.runs.submitToolOutputsAndPoll': (needs) => ofRun(needs),
  'beta.threads.runs.submitToolOutputsStream': (needs) => ofRun(needs),
  'beta.agents.environments.files.prepare': async ({ file }) => [{ '/workspace/a.txt': file }],
  'beta.agents.environments.files.upload': async ({ idOf, file }) => [
    await idOf('/agents/environments'),
    { path: '/workspace/a.txt', file },
  ],
};

const backgroundId = async ({ openai }: Needs) =>
  (await openai.responses.create({ model: 'gpt-4o', input: 'Hello', background: true })).id;

const ofRun = async ({ idOf }: Needs) => {
  const thread = await idOf('/threads');
  return [await idOf(`/threads/${thread}/runs`), { thread_id: thread, tool_outputs: [] }];
};

/** Methods that are refused, with the status and why. */
export const refused: Readonly<Record<string, readonly [status: number, why: string]>> = {
  'beta.threads.runs.cancel': [400, 'a run is over as soon as it is answered'],
  'beta.threads.runs.submitToolOutputs': [
    400,
    'a run is over as soon as it is answered, and asks for no tools',
  ],
  'beta.threads.runs.submitToolOutputsAndPoll': [400, 'the same'],
  'beta.threads.runs.submitToolOutputsStream': [400, 'the same'],
  'webhooks.test': [400, 'the mock sends events where its own option says'],
  'safety.cases.retrieve': [404, 'the mock warns nobody, so there are no cases'],
  'safety.alerts.retrieve': [404, 'the mock warns nobody, so there are no alerts'],
};

/** Methods that are not called, and why. */
export const notCalled: Readonly<Record<string, string>> = {
  'webhooks.unwrap': 'reads a request that the application got, and makes none',
  'webhooks.verifySignature': 'reads a request that the application got, and makes none',
  'beta.agents.sessions.stream':
    'a helper around `sessions.retrieve`, `events.stream` and `events.create`, which are called',
  'beta.agents.sessions.artifacts.forResult':
    'gives a helper around `artifacts.content`, and makes no request',
};

/** Methods that stream if they are asked to. What Responses streams is checked in test/mock/types.test.ts. */
export const streams: readonly string[] = [
  'completions.create',
  'chat.completions.create',
  'images.generate',
  'images.edit',
  'audio.transcriptions.create',
  'beta.threads.createAndRun',
  'beta.threads.runs.create',
  'beta.agents.sessions.create',
];

/** Methods that make something else of an answer than it is, so that its type is not that of the answer. */
export const otherwiseTyped: Readonly<Record<string, string>> = {
  'chat.completions.parse': 'the client adds what it parsed',
  'chat.completions.messages.list':
    'the client’s type knows messages of the assistant alone, and these are those of the request',
  'embeddings.create': 'the client asks for base64 and gives numbers',
  'responses.create': 'the client adds `output_text`: test/mock/types.test.ts checks it',
  'responses.parse': 'the client adds what it parsed',
  'responses.retrieve': 'the same response, of which the oldest client does not know all fields',
  'responses.cancel': 'the same response, of which the oldest client does not know all fields',
  'responses.delete': 'the API says what was deleted, and the client takes it for nothing',
  'beta.responses.delete': 'the API says what was deleted, and the client takes it for nothing',
  'responses.compact':
    'what the client’s words say is kept are messages of the user, and its type knows those of the assistant alone',
  'beta.responses.compact': 'the same',
  'beta.agents.environments.files.prepare': 'the client makes its result out of several answers',
  'beta.agents.environments.files.upload': 'the client makes its result out of several answers',
};

/** Streams whose events are otherwise than the client's type has them. */
export const eventsOtherwiseTyped: Readonly<Record<string, string>> = {
  'completions.create':
    'the API gives no reason to finish until it finishes, which the client’s type does not know',
};
