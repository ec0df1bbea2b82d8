import type { Answer, Body, StreamAnswer } from '../answer.ts';
import { missing, refuse, wrongType } from '../error-bodies.ts';
import { optional, recordOf, textOf } from '../fields.ts';
import { completePlainly, type PlainCompletion } from '../plain-completion.ts';
import type { ApiRequest, Route } from '../route.ts';
import { charactersOf, tokensOfText } from '../usage.ts';
import { json, unknownObject } from './answers.ts';
import { messageOf, textPart } from './assistants.ts';
import { type Shelf, shelfOf } from './shelf.ts';

const endpoint = 'threads';

/** Messages of threads, and runs over them. A run is over when it is answered, whole or streamed. */
export const runRoutes: readonly Route[] = [
  { endpoint, method: 'POST', path: '/threads/:thread/messages', answer: addMessage },
  { endpoint, method: 'POST', path: '/threads/runs', answer: createThreadAndRun },
  { endpoint, method: 'POST', path: '/threads/:thread/runs', answer: createRun },
  { endpoint, method: 'POST', path: '/threads/:thread/runs/:id/cancel', takes: 'any', answer: cancelRun },
  { endpoint, method: 'POST', path: '/threads/:thread/runs/:id/submit_tool_outputs', answer: submitOutputs },
];

function addMessage(request: ApiRequest): Answer {
  const { body, params, world } = request;
  const shelf = shelfOf(world);
  const thread = params['thread'] ?? '';
  if (!shelf.get(`/threads/${thread}`)) return unknownObject('thread', thread);
  for (const name of ['role', 'content']) if (optional(body, name) === undefined) return missing(name);
  const id = shelf.newId('msg_');
  const message = {
    ...messageOf({ id, nowSeconds: nowSeconds(request), params, body }),
    metadata: body['metadata'] ?? null,
    attachments: body['attachments'] ?? null,
  };
  return json(message, () => shelf.set(`/threads/${thread}/messages/${id}`, message));
}

function createRun(request: ApiRequest): Answer {
  const thread = request.params['thread'] ?? '';
  if (!shelfOf(request.world).get(`/threads/${thread}`)) return unknownObject('thread', thread);
  return run(request, thread, () => {});
}

function createThreadAndRun(request: ApiRequest): Answer {
  const shelf = shelfOf(request.world);
  const id = shelf.newId('thread_');
  const thread = {
    id,
    object: 'thread',
    tool_resources: null,
    metadata: null,
    created_at: nowSeconds(request),
  };
  const messages = recordOf(request.body['thread'])?.['messages'] ?? [];
  if (!Array.isArray(messages) || !messages.every(recordOf))
    return wrongType('thread.messages', 'an array of objects', messages);
  return run(request, id, () => {
    shelf.set(`/threads/${id}`, thread);
    for (const body of messages as readonly Body[]) {
      const messageId = shelf.newId('msg_');
      const made = messageOf({ id: messageId, nowSeconds: thread.created_at, params: { thread: id }, body });
      shelf.set(`/threads/${id}/messages/${messageId}`, made);
    }
  });
}

function run(request: ApiRequest, thread: string, before: () => void): Answer {
  const { body, ask, world } = request;
  const assistantId = textOf(body['assistant_id']);
  if (assistantId === undefined) return missing('assistant_id');
  const shelf = shelfOf(world);
  const assistant = shelf.get(`/assistants/${assistantId}`);
  if (!assistant) return unknownObject('assistant', assistantId);
  const model = textOf(body['model']) ?? String(assistant['model']);
  const said = shelf.list(`/threads/${thread}/messages`);
  const completion = completePlainly({
    seed: ask.seed,
    callId: ask.callId,
    model,
    inputTokens: tokensOfText(charactersOf(said) + charactersOf(assistant['instructions'])),
    maxTokens: undefined,
    outputTokens: ask.outputTokens,
  });
  const made = outcomeOf(request, { thread, assistant, model, completion });
  const commit = () => {
    before();
    keep(shelf, made);
  };
  return body['stream'] === true
    ? { ...streamed(made, completion), effect: { begin: commit } }
    : { ...json(made.run, commit), usage: completion.usage, tokens: completion.visibleTokens };
}

interface Outcome {
  readonly run: Body;
  readonly message: Body;
  readonly step: Body;
}

interface Running {
  readonly thread: string;
  readonly assistant: Body;
  readonly model: string;
  readonly completion: PlainCompletion;
}

function outcomeOf(request: ApiRequest, { thread, assistant, model, completion }: Running): Outcome {
  const { body, world } = request;
  const shelf = shelfOf(world);
  const now = nowSeconds(request);
  const [runId, messageId, stepId] = [shelf.newId('run_'), shelf.newId('msg_'), shelf.newId('step_')];
  const { inputTokens, outputTokens } = completion.usage;
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  const ended = { cancelled_at: null, failed_at: null, completed_at: now, last_error: null };
  const common = {
    assistant_id: assistant['id'],
    thread_id: thread,
    created_at: now,
    metadata: null,
    usage,
    ...ended,
  };
  const text = completion.said.text();
  const message = messageOf({
    id: messageId,
    nowSeconds: now,
    params: { thread },
    body: { role: 'assistant', content: [textPart(text)] },
  });
  return {
    run: {
      ...common,
      id: runId,
      object: 'thread.run',
      status: 'completed',
      model,
      instructions: body['instructions'] ?? assistant['instructions'] ?? '',
      tools: body['tools'] ?? assistant['tools'] ?? [],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      response_format: 'auto',
      truncation_strategy: { type: 'auto', last_messages: null },
      incomplete_details: null,
      required_action: null,
      max_completion_tokens: body['max_completion_tokens'] ?? null,
      max_prompt_tokens: body['max_prompt_tokens'] ?? null,
      metadata: body['metadata'] ?? null,
      started_at: now,
      expires_at: null,
    },
    message: { ...message, assistant_id: assistant['id'], run_id: runId },
    step: {
      ...common,
      id: stepId,
      object: 'thread.run.step',
      run_id: runId,
      type: 'message_creation',
      status: 'completed',
      expired_at: null,
      step_details: { type: 'message_creation', message_creation: { message_id: messageId } },
    },
  };
}

function keep(shelf: Shelf, { run: made, message, step }: Outcome): void {
  const thread = `/threads/${String(made['thread_id'])}`;
  shelf.set(`${thread}/runs/${String(made['id'])}`, made);
  shelf.set(`${thread}/messages/${String(message['id'])}`, message);
  shelf.set(`${thread}/runs/${String(made['id'])}/steps/${String(step['id'])}`, step);
}

function streamed(
  { run: made, message, step }: Outcome,
  { said, visibleTokens, usage }: PlainCompletion,
): StreamAnswer {
  const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const before = { status: 'in_progress', completed_at: null };
  const delta = (index: number) => ({
    id: message['id'],
    object: 'thread.message.delta',
    delta: { content: [{ index: 0, ...textPart(said.piece(index)) }] },
  });
  const opening = [
    event('thread.run.created', { ...made, ...before, status: 'queued', usage: null }),
    event('thread.run.in_progress', { ...made, ...before, usage: null }),
    event('thread.run.step.created', { ...step, ...before, usage: null }),
    event('thread.message.created', { ...message, ...before, content: [] }),
  ];
  const closing = [
    event('thread.message.completed', message),
    event('thread.run.step.completed', step),
    event('thread.run.completed', made),
  ];
  return {
    kind: 'stream',
    opening: { text: opening.join(''), count: opening.length },
    tokens: visibleTokens,
    tokenEvent: (index) => event('thread.message.delta', delta(index)),
    errorEvent: () => event('error', { code: 'server_error', message: 'The server had an error.' }),
    closing: { text: `${closing.join('')}event: done\ndata: [DONE]\n\n`, count: closing.length },
    usage,
    tellsUsage: true,
    finishReason: 'stop',
  };
}

function cancelRun({ params: { thread = '', id = '' }, world }: ApiRequest): Answer {
  const found = shelfOf(world).get(`/threads/${thread}/runs/${id}`);
  if (!found) return unknownObject('run', id);
  return refuse(400, `Cannot cancel run with status '${String(found['status'])}'.`);
}

function submitOutputs({ params: { thread = '', id = '' }, world }: ApiRequest): Answer {
  const found = shelfOf(world).get(`/threads/${thread}/runs/${id}`);
  if (!found) return unknownObject('run', id);
  return refuse(400, `Runs in status '${String(found['status'])}' do not accept tool outputs.`);
}

function nowSeconds({ world }: ApiRequest): number {
  return Math.floor(world.clock.epochMs() / 1_000);
}
