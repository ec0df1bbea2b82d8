import type { Body } from '../answer.ts';
import { refuse } from '../error-bodies.ts';
import type { ApiRequest, Route } from '../route.ts';
import { json, unknownObject } from './answers.ts';
import { page } from './pages.ts';
import { shelfOf } from './shelf.ts';
import { type Single, singleRoutes } from './single.ts';

const endpoint = 'organization';
const org = '/organization';
const project = `${org}/projects/:project`;

const spendLimit = {
  currency: 'USD',
  interval: 'month',
  threshold_amount: 0,
  enforcement: { status: 'inactive' },
};
const spendLimitFields = ['currency', 'interval', 'threshold_amount'];
const retention = { renamed: { retention_type: 'type' }, required: ['retention_type'] };
const off = { enabled: false };

const singles: readonly Single[] = [
  {
    endpoint,
    path: `${org}/data_retention`,
    first: { object: 'organization.data_retention', type: 'modified_abuse_monitoring' },
    ...retention,
  },
  {
    endpoint,
    path: `${org}/spend_limit`,
    first: { object: 'organization.spend_limit', ...spendLimit },
    required: spendLimitFields,
    deleted: 'organization.spend_limit.deleted',
  },
  {
    endpoint,
    path: `${project}/data_retention`,
    first: { object: 'project.data_retention', type: 'organization_default' },
    ...retention,
  },
  {
    endpoint,
    path: `${project}/spend_limit`,
    first: { object: 'project.spend_limit', ...spendLimit },
    required: spendLimitFields,
    deleted: 'project.spend_limit.deleted',
  },
  {
    endpoint,
    path: `${project}/model_permissions`,
    first: { object: 'project.model_permissions', mode: 'deny_list', model_ids: [] },
    required: ['mode', 'model_ids'],
    deleted: 'project.model_permissions.deleted',
  },
  {
    endpoint,
    path: `${project}/service_tier_settings`,
    first: { object: 'project.service_tier_settings', default: 'standard', enabled_tiers: 'all' },
  },
  {
    endpoint,
    path: `${project}/hosted_tool_permissions`,
    first: { code_interpreter: off, file_search: off, image_generation: off, mcp: off, web_search: off },
  },
];

/** What was used of each, which the mock does not tell: its ledger does. */
const usages = [
  'usage/audio_speeches',
  'usage/audio_transcriptions',
  'usage/code_interpreter_sessions',
  'usage/completions',
  'usage/decisions',
  'usage/embeddings',
  'usage/file_search_calls',
  'usage/images',
  'usage/moderations',
  'usage/vector_stores',
  'usage/web_search_calls',
  'costs',
];

export const organizationSettingRoutes: readonly Route[] = [
  ...singleRoutes(singles),
  ...usages.map((name): Route => ({ endpoint, method: 'GET', path: `${org}/${name}`, answer: usage })),
  ...['activate', 'deactivate'].flatMap((name) =>
    [org, project].map(
      (owner): Route => ({
        endpoint,
        method: 'POST',
        path: `${owner}/certificates/${name}`,
        answer: (request) => setActive(request, name === 'activate'),
      }),
    ),
  ),
  { endpoint, method: 'GET', path: `${project}/certificates`, answer: ofProject },
  {
    endpoint,
    method: 'POST',
    path: `${org}/external_keys/:id/validate`,
    takes: 'any',
    answer: ({ params: { id = '' }, world }) =>
      shelfOf(world).get(`${org}/external_keys/${id}`)
        ? json({ status: 'valid' })
        : unknownObject('external key', id),
  },
];

function usage({ query }: ApiRequest) {
  const start = query.get('start_time');
  if (start === null)
    return refuse(
      400,
      "Missing required parameter: 'start_time'.",
      'start_time',
      'missing_required_parameter',
    );
  return json({ object: 'page', data: [], has_more: false, next_page: null });
}

const certificates = `${org}/certificates`;

function setActive({ body, params, world }: ApiRequest, active: boolean) {
  const ids = body['certificate_ids'];
  if (!Array.isArray(ids))
    return refuse(
      400,
      "Missing required parameter: 'certificate_ids'.",
      'certificate_ids',
      'missing_required_parameter',
    );
  const shelf = shelfOf(world);
  const missing = ids.find((id) => !shelf.get(`${certificates}/${String(id)}`));
  if (missing !== undefined) return unknownObject('certificate', String(missing));
  const changed = ids.map(
    (id): Body => ({ ...(shelf.get(`${certificates}/${String(id)}`) as Body), active }),
  );
  const { project: ofOne } = params;
  return json(
    {
      object: 'list',
      data: changed.map((one) => shown(one, ofOne)),
      first_id: ids[0] ?? null,
      last_id: ids.at(-1) ?? null,
      has_more: false,
    },
    () => {
      if (ofOne === undefined)
        for (const one of changed) shelf.set(`${certificates}/${String(one['id'])}`, one);
    },
  );
}

/** A project has those of its organisation. */
function ofProject({ params, query, world }: ApiRequest) {
  return page(
    shelfOf(world)
      .list(certificates)
      .map((one) => shown(one, params['project'])),
    query,
  );
}

function shown(certificate: Body, project: string | undefined): Body {
  return {
    ...certificate,
    object: project === undefined ? 'organization.certificate' : 'organization.project.certificate',
  };
}
