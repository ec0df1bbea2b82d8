import type { Resource } from './resource.ts';

export const containerResources: readonly Resource[] = [
  {
    endpoint: 'containers',
    path: '/containers',
    kind: 'container',
    does: ['create', 'retrieve', 'list', 'delete'],
    prefix: 'cntr_',
    required: ['name'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'container',
      name: '',
      status: 'running',
      expires_after: { anchor: 'last_active_at', minutes: 20 },
      last_active_at: nowSeconds,
      memory_limit: '1g',
      created_at: nowSeconds,
    }),
    deleted: null,
  },
  {
    endpoint: 'containers',
    path: '/containers/:container/files',
    kind: 'container file',
    does: ['retrieve', 'list'],
    prefix: 'cfile_',
    make: () => ({}),
  },
];
