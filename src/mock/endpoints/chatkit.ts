import { hexadecimal } from '../seeded.ts';
import type { Resource } from './resource.ts';

export const chatkitResources: readonly Resource[] = [
  {
    endpoint: 'chatkit',
    path: '/chatkit/sessions',
    kind: 'session',
    does: ['create'],
    prefix: 'cksess_',
    required: ['user', 'workflow'],
    make: ({ id, nowSeconds, world }) => ({
      id,
      object: 'chatkit.session',
      status: 'active',
      user: '',
      workflow: { id: '', version: null, state_variables: null, tracing: { enabled: true } },
      chatkit_configuration: {
        automatic_thread_titling: { enabled: true },
        file_upload: { enabled: false, max_file_size: null, max_files: null },
        history: { enabled: true, recent_threads: null },
      },
      client_secret: `ek_${hexadecimal(world.seed, `secret ${id}`, 32)}`,
      expires_at: nowSeconds + 600,
      max_requests_per_1_minute: 10,
      rate_limits: { max_requests_per_1_minute: 10 },
    }),
    actions: { cancel: () => ({ status: 'cancelled' }) },
  },
  {
    endpoint: 'chatkit',
    path: '/chatkit/threads',
    kind: 'thread',
    does: ['retrieve', 'list', 'delete'],
    prefix: 'cthr_',
    given: 2,
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'chatkit.thread',
      title: null,
      status: { type: 'active' },
      user: 'user-mock',
      created_at: nowSeconds,
    }),
  },
  {
    endpoint: 'chatkit',
    path: '/chatkit/threads/:thread/items',
    kind: 'thread item',
    does: ['list'],
    prefix: 'cthi_',
    given: 2,
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'chatkit.thread_item',
      type: 'chatkit.user_message',
      thread_id: params['thread'],
      content: [{ type: 'input_text', text: 'Hello there' }],
      attachments: [],
      inference_options: null,
      created_at: nowSeconds,
    }),
  },
];
