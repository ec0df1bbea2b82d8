import { all, type Making, type Resource } from './resource.ts';

const endpoint = 'assistants';

/** What an agent is, and what a session has of it. */
export function agentFields({ id }: Pick<Making, 'id'>) {
  return {
    id,
    instructions: null,
    model: 'gpt-5',
    multi_agent: { enabled: false, max_concurrent_subagents: null },
    name: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tools: [],
  };
}

/** Agents, what starts them, where they run, and what they know. */
export const agentResources: readonly Resource[] = [
  {
    endpoint,
    path: '/agents',
    kind: 'agent',
    does: all,
    prefix: 'agent_',
    required: ['model'],
    make: (making) => ({
      ...agentFields(making),
      object: 'agent',
      metadata: {},
      created_at: making.nowSeconds,
      updated_at: making.nowSeconds,
    }),
  },
  {
    endpoint,
    path: '/agents/automations',
    kind: 'automation',
    does: all,
    prefix: 'auto_',
    required: ['expression', 'name', 'target', 'timezone', 'type'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'agent.automation',
      name: '',
      type: 'periodic',
      status: 'active',
      expression: '',
      timezone: 'UTC',
      target: {
        type: 'new_session',
        agent: null,
        agent_id: null,
        environment: { type: 'none' },
        input: [],
        metadata: {},
        vault_ids: [],
      },
      metadata: {},
      created_by: { type: 'developer' },
      created_at: nowSeconds,
    }),
    actions: { pause: () => ({ status: 'paused' }), resume: () => ({ status: 'active' }) },
  },
  {
    endpoint,
    path: '/agents/automations/:automation/invocations',
    kind: 'invocation',
    does: ['create', 'retrieve', 'list'],
    prefix: 'autoinv_',
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'agent.automation.invocation',
      automation_id: params['automation'],
      status: 'completed',
      source: { type: 'manual' },
      session_id: null,
      scheduled_at: null,
      skip_reason: null,
      error: null,
      created_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: '/agents/environments',
    kind: 'environment',
    does: ['create', 'retrieve', 'list'],
    prefix: 'env_',
    page: { defaultLimit: 20, mostLimit: 100, next: true },
    make: ({ id }) => ({
      id,
      object: 'agent.environment',
      type: 'openai_hosted',
      status: 'ready',
      files: [],
      plugins: [],
      skills: [],
    }),
  },
  {
    endpoint,
    path: '/agents/environments/:environment/files',
    kind: 'environment file',
    does: ['create', 'list'],
    prefix: 'envfile_',
    idField: 'path',
    page: { defaultLimit: 20, mostLimit: 100, next: true },
    idOf: (body) => body['path'],
    required: ['path', 'type'],
    make: ({ id, params }) => ({
      object: 'agent.environment.file',
      environment_id: params['environment'],
      path: id,
      size_bytes: 0,
    }),
  },
  {
    endpoint,
    path: '/agents/environments/templates',
    kind: 'environment template',
    does: all,
    prefix: 'envtmpl_',
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'agent.environment.template',
      name: null,
      capability_directories: [],
      files: [],
      network: { access: 'enabled', allowed_domains: [] },
      packages: { npm: [], python: [], system: [] },
      plugins: [],
      skills: [],
      created_at: nowSeconds,
      updated_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: '/vaults',
    kind: 'vault',
    does: all,
    prefix: 'vault_',
    make: ({ id, nowSeconds }) => ({ id, object: 'vault', name: null, metadata: {}, created_at: nowSeconds }),
  },
  {
    endpoint,
    path: '/vaults/:vault/credentials',
    kind: 'credential',
    does: all,
    prefix: 'cred_',
    required: ['auth', 'name'],
    make: ({ id, nowSeconds, params, body }) => ({
      id,
      object: 'vault.credential',
      name: '',
      // Never the token.
      auth: { type: 'mcp_oauth', mcp_server_url: serverOf(body), expires_at: null, refresh: null },
      vault_id: params['vault'],
      metadata: {},
      created_at: nowSeconds,
      updated_at: nowSeconds,
    }),
  },
];
function serverOf(body: Making['body']): unknown {
  const { auth } = body;
  return typeof auth === 'object' && auth !== null && 'mcp_server_url' in auth ? auth.mcp_server_url : '';
}
