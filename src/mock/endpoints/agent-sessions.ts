import { agentFields } from './agents.ts';
import { all, type Resource } from './resource.ts';

const endpoint = 'assistants';

/** Sessions of agents, and what they did. A session has done one thing by the time it is asked. */
export const sessionResources: readonly Resource[] = [
  {
    endpoint,
    path: '/agents/sessions',
    kind: 'agent session',
    does: all,
    prefix: 'asess_',
    required: ['environment'],
    make: ({ id, nowSeconds }) => ({
      id,
      object: 'agent.session',
      agent: agentFields({ id: `agent_of_${id}` }),
      environment: { type: 'none' },
      status: 'idle',
      error: null,
      required_actions: [],
      usage: null,
      vault_ids: [],
      metadata: {},
      created_at: nowSeconds,
      last_active_at: nowSeconds,
    }),
  },

  ...['/agents/sessions/:session', '/agents/sessions/:session/subagents/:subagent'].flatMap(turnsOf),
  {
    endpoint,
    path: '/agents/sessions/:session/subagents',
    kind: 'subagent',
    does: ['retrieve', 'list'],
    prefix: 'subagent_',
    given: 1,
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'agent.session.subagent',
      session_id: params['session'],
      parent_agent_id: 'agent_mock',
      name: null,
      instructions: null,
      status: 'active',
      opened_at: nowSeconds,
      closed_at: null,
    }),
  },
  {
    endpoint,
    path: '/agents/sessions/:session/artifacts',
    kind: 'artifact',
    does: ['retrieve', 'list', 'delete'],
    prefix: 'artifact_',
    given: 2,
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'agent.session.artifact',
      session_id: params['session'],
      environment_id: 'env_mock',
      turn_id: 'turn_mock',
      path: '/workspace/report.txt',
      size_bytes: 13,
      created_at: nowSeconds,
    }),
  },
  {
    endpoint,
    path: '/agents/sessions/:session/traces',
    kind: 'trace',
    does: ['list'],
    prefix: 'trace_',
    given: 1,
    make: ({ id, nowSeconds, params }) => ({
      id,
      object: 'agent.session.trace',
      session_id: params['session'],
      otlp: {},
      created_at: nowSeconds,
    }),
  },
];

function turnsOf(owner: string): readonly Resource[] {
  const items = (path: string): Resource => ({
    endpoint,
    path,
    kind: 'item',
    does: ['list'],
    prefix: 'item_',
    given: 1,
    make: ({ id, params }) => ({
      id,
      type: 'message',
      role: 'assistant',
      status: 'completed',
      phase: null,
      content: [],
      turn_id: params['turn'] ?? 'turn_mock',
    }),
  });
  return [
    {
      endpoint,
      path: `${owner}/turns`,
      kind: 'turn',
      does: ['retrieve', 'list'],
      prefix: 'turn_',
      given: 1,
      make: ({ id, nowSeconds, params }) => ({
        id,
        object: 'agent.session.turn',
        agent_id: 'agent_mock',
        session_id: params['session'],
        subagent_id: params['subagent'] ?? null,
        status: 'completed',
        usage: null,
        error: null,
        created_at: nowSeconds,
        started_at: nowSeconds,
        completed_at: nowSeconds,
      }),
    },
    items(`${owner}/items`),
    items(`${owner}/turns/:turn/items`),
  ];
}
