import OpenAI, { toFile, type Uploadable } from 'openai';

/** What a request needs that must be there already. */
export interface Needs {
  readonly openai: OpenAI;
  readonly file: Uploadable;
  readonly fileId: string;
  readonly batchFileId: string;
  readonly assistantId: string;
  /** Of an object under a path that has it. */
  idOf(path: string): Promise<string>;
}

type Body = Readonly<Record<string, unknown>>;

const chat = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };
const channel = { type: 'email', recipients: ['a@example.com'] };
const money = { currency: 'USD', interval: 'month', threshold_amount: 100 };
const aws = { type: 'aws', bucket: 'b', role_arn: 'arn' };
const roleOf = { permissions: ['api.read'], role_name: 'reader' };
const grader = { type: 'string_check', name: 'same', operation: 'eq', input: 'a', reference: 'a' };

/** What each endpoint is asked with, by method and path; `:` stands for what is open. What is not here needs nothing. */
export const bodies: Readonly<Record<string, (needs: Needs) => Body | Promise<Body>>> = {
  'POST /chat/completions': () => ({ ...chat, store: true }),
  'POST /chat/completions/:': () => ({ metadata: { a: 'b' } }),
  'POST /completions': () => ({ model: 'gpt-3.5-turbo-instruct', prompt: 'Hello' }),
  'POST /embeddings': () => ({ model: 'text-embedding-3-small', input: 'Hello', dimensions: 4 }),
  'POST /moderations': () => ({ input: 'Hello' }),
  'POST /decisions': () => ({
    model: 'gpt-5',
    input: 'Hello',
    questions: [
      { type: 'predicate', name: 'kind', instructions: 'Is it kind?' },
      { type: 'choice', instructions: 'Which?', choices: [{ value: 'a' }, { value: 'b' }] },
      { type: 'score', instructions: 'How much?' },
    ],
  }),
  'POST /responses': () => ({ model: 'gpt-4o', input: 'Hello' }),
  'POST /responses/compact': () => ({ model: 'gpt-4o', input: 'Hello' }),
  'POST /responses/input_tokens': () => ({ model: 'gpt-4o', input: 'Hello' }),
  'POST /responses/:/cancel': () => ({}),
  'POST /conversations': () => ({ items: [{ type: 'message', role: 'user', content: 'Hello' }] }),
  'POST /conversations/:': () => ({ metadata: { a: 'b' } }),
  'POST /conversations/:/items': () => ({ items: [{ type: 'message', role: 'user', content: 'Hello' }] }),
  'POST /files': ({ file }) => ({ file, purpose: 'user_data' }),
  'POST /uploads': () => ({ bytes: 1, filename: 'a', mime_type: 'text/plain', purpose: 'user_data' }),
  'POST /uploads/:/parts': ({ file }) => ({ data: file }),
  'POST /batches': ({ batchFileId }) => ({
    input_file_id: batchFileId,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  }),
  'POST /images/generations': () => ({ model: 'gpt-image-1', prompt: 'A bridge' }),
  'POST /images/edits': ({ file }) => ({ model: 'gpt-image-1', image: file, prompt: 'A bridge' }),
  'POST /images/variations': ({ file }) => ({ image: file }),
  'POST /content_provenance_checks': ({ file }) => ({ file }),
  'POST /audio/speech': () => ({ model: 'tts-1', input: 'Hello', voice: 'alloy' }),
  'POST /audio/transcriptions': ({ file }) => ({ model: 'gpt-4o-transcribe', file }),
  'POST /audio/translations': ({ file }) => ({ model: 'whisper-1', file }),
  'POST /audio/voices': ({ file }) => ({ name: 'Ada', audio_sample: file, consent: 'cons_1' }),
  'POST /audio/voice_consents': ({ file }) => ({ name: 'Ada', language: 'en', recording: file }),
  'POST /audio/voice_consents/:': () => ({ name: 'Bea' }),
  'POST /videos': () => ({ prompt: 'A bridge' }),
  'POST /videos/edits': ({ file }) => ({ prompt: 'A bridge', video: file }),
  'POST /videos/extensions': ({ file }) => ({ prompt: 'A bridge', seconds: '4', video: file }),
  'POST /videos/characters': ({ file }) => ({ name: 'Ada', video: file }),
  'POST /videos/:/remix': () => ({ prompt: 'A bridge' }),
  'POST /fine_tuning/jobs': ({ fileId }) => ({ model: 'gpt-4o-mini', training_file: fileId }),
  'POST /fine_tuning/checkpoints/:/permissions': () => ({ project_ids: ['proj_1', 'proj_2'] }),
  'POST /fine_tuning/alpha/graders/run': () => ({ grader, model_sample: 'a' }),
  'POST /fine_tuning/alpha/graders/validate': () => ({ grader }),
  'POST /vector_stores': () => ({ name: 'notes', metadata: { a: 'b' } }),
  'POST /vector_stores/:/files': ({ fileId }) => ({ file_id: fileId }),
  'POST /vector_stores/:/files/:': () => ({ attributes: { a: 'b' } }),
  'POST /vector_stores/:/file_batches': ({ fileId }) => ({ file_ids: [fileId] }),
  'POST /vector_stores/:/search': () => ({ query: 'Hello' }),
  'POST /assistants': () => ({ model: 'gpt-4o', tools: [{ type: 'code_interpreter' }] }),
  'POST /threads/:/messages': () => ({ role: 'user', content: 'Hello' }),
  'POST /threads/runs': ({ assistantId }) => ({
    assistant_id: assistantId,
    thread: { messages: [{ role: 'user', content: 'Hello' }] },
  }),
  'POST /threads/:/runs': ({ assistantId }) => ({ assistant_id: assistantId }),
  'POST /threads/:/runs/:/submit_tool_outputs': () => ({ tool_outputs: [] }),
  'POST /evals': () => ({
    data_source_config: { type: 'custom', item_schema: {} },
    testing_criteria: [grader],
  }),
  'POST /evals/:/runs': () => ({
    data_source: { type: 'jsonl', source: { type: 'file_content', content: [] } },
  }),
  'POST /containers': () => ({ name: 'work' }),
  'POST /containers/:/files': ({ file }) => ({ file }),
  'POST /skills': ({ file }) => ({ files: [file] }),
  'POST /skills/:': () => ({ default_version: '1' }),
  'POST /skills/:/versions': ({ file }) => ({ files: [file] }),
  'POST /chatkit/sessions': () => ({ user: 'u', workflow: { id: 'wf_1' } }),
  'POST /webhook_endpoints': () => ({
    name: 'mine',
    url: 'https://a.test/',
    event_types: ['batch.completed'],
  }),
  'POST /webhook_endpoints/:/test': () => ({ event_type: 'batch.completed' }),
  'POST /realtime/calls': () => ({ sdp: 'v=0' }),
  'POST /realtime/calls/:/accept': () => ({ type: 'realtime' }),
  'POST /realtime/calls/:/refer': () => ({ target_uri: 'tel:+1' }),
  'POST /realtime/translations/client_secrets': () => ({ session: { model: 'gpt-realtime' } }),
  'POST /live/sessions': () => ({
    session: { model: 'gpt-live-1' },
    transport: { type: 'webrtc', sdp: 'v=0' },
  }),
  'POST /live/sessions/:/accept': () => ({ session: { type: 'live', model: 'gpt-live-1' } }),
  'POST /live/sessions/:/fork': () => ({ transport: { type: 'webrtc', sdp: 'v=0' } }),
  'POST /live/sessions/:/refer': () => ({ target_uri: 'tel:+1' }),
  'POST /live/sessions/:/reject': () => ({ status_code: 486 }),
  'POST /agents': () => ({ model: 'gpt-5' }),
  'POST /agents/automations': () => ({
    type: 'periodic',
    name: 'nightly',
    expression: '0 0 * * *',
    timezone: 'UTC',
    target: { type: 'new_session', environment: { type: 'none' }, input: [] },
  }),
  'POST /agents/environments': () => ({ environment: { type: 'openai_hosted' } }),
  'POST /agents/environments/:/files': ({ fileId }) => ({ type: 'file_id', file_id: fileId, path: '/a.txt' }),
  'POST /agents/sessions': () => ({ environment: { type: 'none' } }),
  'POST /agents/sessions/:/events': () => ({ events: [] }),
  'POST /vaults/:/credentials': () => ({
    name: 'mcp',
    auth: { type: 'mcp_oauth', access_token: 't', mcp_server_url: 'https://a.test/' },
  }),
  'POST /organization/admin_api_keys': () => ({ name: 'main' }),
  'POST /organization/invites': () => ({ email: 'a@example.com', role: 'reader' }),
  'POST /organization/users/:': () => ({ role: 'reader' }),
  'POST /organization/users/:/roles': () => ({ role_id: 'role_1' }),
  'POST /organization/groups': () => ({ name: 'night' }),
  'POST /organization/groups/:': () => ({ name: 'day' }),
  'POST /organization/groups/:/users': () => ({ user_id: 'user-1' }),
  'POST /organization/groups/:/roles': () => ({ role_id: 'role_1' }),
  'POST /organization/roles': () => roleOf,
  'POST /organization/data_retention': () => ({ retention_type: 'zero_data_retention' }),
  'POST /organization/spend_limit': () => money,
  'POST /organization/spend_alerts': () => ({ ...money, notification_channel: channel }),
  'POST /organization/spend_alerts/:': () => ({ ...money, notification_channel: channel }),
  'POST /organization/certificates': () => ({ certificate: 'PEM' }),
  'POST /organization/certificates/activate': async ({ idOf }) => ({
    certificate_ids: [await idOf('/organization/certificates')],
  }),
  'POST /organization/certificates/deactivate': async ({ idOf }) => ({
    certificate_ids: [await idOf('/organization/certificates')],
  }),
  'POST /organization/external_keys': () => ({
    type: 'aws',
    name: 'k',
    external_id: 'e',
    kms_arn: 'arn',
    role_arn: 'arn',
  }),
  'POST /organization/external_storage': () => ({ project_id: 'proj_1', provider: aws }),
  'POST /organization/workload_identity_providers': () => ({
    type: 'oidc',
    name: 'ci',
    audience: 'a',
    issuer: 'https://a.test/',
  }),
  'POST /organization/workload_identity_providers/:/federation_rules': () => ({
    attribute_matchers: { sub: 'repo:a' },
    project_id: 'proj_1',
    service_account_id: 'user-1',
  }),
  'POST /organization/projects': () => ({ name: 'night' }),
  'POST /organization/projects/:/users': () => ({ user_id: 'user-1', role: 'member' }),
  'POST /organization/projects/:/service_accounts': () => ({ name: 'ci' }),
  'POST /organization/projects/:/groups': () => ({ group_id: 'group_1', role: 'member' }),
  'POST /organization/projects/:/spend_alerts': () => ({ ...money, notification_channel: channel }),
  'POST /organization/projects/:/spend_alerts/:': () => ({ ...money, notification_channel: channel }),
  'POST /organization/projects/:/spend_limit': () => money,
  'POST /organization/projects/:/data_retention': () => ({ retention_type: 'none' }),
  'POST /organization/projects/:/model_permissions': () => ({ mode: 'allow_list', model_ids: ['gpt-5'] }),
  'POST /organization/projects/:/certificates/activate': async ({ idOf }) => ({
    certificate_ids: [await idOf('/organization/certificates')],
  }),
  'POST /organization/projects/:/certificates/deactivate': async ({ idOf }) => ({
    certificate_ids: [await idOf('/organization/certificates')],
  }),
  'POST /projects/:/roles': () => roleOf,
  'POST /projects/:/users/:/roles': () => ({ role_id: 'role_1' }),
  'POST /projects/:/groups/:/roles': () => ({ role_id: 'role_1' }),
  'GET /organization/costs': () => ({ start_time: 1 }),
};

/** A thing that a request is asked with. */
export async function needsOf(url: string, idOf: Needs['idOf']): Promise<Needs> {
  const openai = new OpenAI({ baseURL: url, apiKey: 'any', maxRetries: 0 });
  const file = await toFile(Buffer.from('Hello'), 'a.txt', { type: 'text/plain' });
  const line = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: chat };
  const [plain, batch, assistant] = await Promise.all([
    openai.files.create({ file, purpose: 'user_data' }),
    openai.files.create({
      file: await toFile(Buffer.from(JSON.stringify(line)), 'in.jsonl'),
      purpose: 'batch',
    }),
    openai.beta.assistants.create({ model: 'gpt-4o' }),
  ]);
  return { openai, file, fileId: plain.id, batchFileId: batch.id, assistantId: assistant.id, idOf };
}
