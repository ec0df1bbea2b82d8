import { all, type Making, type Resource } from './resource.ts';

/** A message of a thread; what a text becomes in it. */
export function messageOf({ id, nowSeconds, params, body }: Omit<Making, 'world'>) {
  return {
    id,
    object: 'thread.message',
    thread_id: params['thread'],
    role: body['role'] ?? 'user',
    content: typeof body['content'] === 'string' ? [textPart(body['content'])] : (body['content'] ?? []),
    status: 'completed',
    assistant_id: null,
    run_id: null,
    attachments: null,
    incomplete_details: null,
    incomplete_at: null,
    completed_at: nowSeconds,
    metadata: null,
    created_at: nowSeconds,
  };
}

export function textPart(value: string) {
  return { type: 'text', text: { value, annotations: [] } };
}

export const assistantResources: readonly Resource[] = [
  {
    endpoint: 'assistants',
    path: '/assistants',
    kind: 'assistant',
    does: all,
    prefix: 'asst_',
    required: ['model'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'assistant',
      model: '',
      name: null,
      description: null,
      instructions: null,
      tools: [],
      temperature: 1,
      top_p: 1,
      response_format: 'auto',
      metadata: null,
      created_at: nowSeconds,
    }),
  },
  {
    endpoint: 'threads',
    path: '/threads',
    kind: 'thread',
    does: ['create', 'retrieve', 'update', 'delete'],
    prefix: 'thread_',
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'thread',
      tool_resources: null,
      metadata: null,
      created_at: nowSeconds,
    }),
  },
  {
    endpoint: 'threads',
    path: '/threads/:thread/messages',
    kind: 'message',
    does: ['retrieve', 'update', 'list', 'delete'],
    prefix: 'msg_',
    make: messageOf,
  },
  {
    endpoint: 'threads',
    path: '/threads/:thread/runs',
    kind: 'run',
    does: ['retrieve', 'update', 'list'],
    prefix: 'run_',
    make: () => ({}),
  },
  {
    endpoint: 'threads',
    path: '/threads/:thread/runs/:run/steps',
    kind: 'run step',
    does: ['retrieve', 'list'],
    prefix: 'step_',
    make: () => ({}),
  },
];
