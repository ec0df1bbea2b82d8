import { expect, test } from 'vitest';
import { attr } from '../../src/observe/semconv.ts';
import { type ComposeService, type Dashboard, readData } from './files.ts';
import { exportedNames, underscored } from './prometheus-names.ts';
import { labelsInLegend, namesIn } from './promql.ts';

const dashboard = readData<Dashboard>('otel-collector/grafana/dashboards/telltale.json');
const { panels } = dashboard;
const variables = dashboard.templating.list;
const queries = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, query: expr }))),
  ...variables.map(({ query }) => ({ title: 'a variable', query: query.query })),
];
const exported = await exportedNames();

test('metrics get the names that the collector gives them', () => {
  expect([...exported]).toEqual(
    expect.arrayContaining([
      'gen_ai_client_operation_duration_seconds_bucket',
      'gen_ai_client_token_usage_count',
      'telltale_tokens_total',
      'telltale_cost_USD_total',
      'telltale_inflight',
    ]),
  );
});

test.each(queries)('$title asks only for metrics that exist: $query', ({ query }) => {
  const { metrics } = namesIn(query);
  expect(metrics.length).toBeGreaterThan(0);
  expect(metrics.filter((name) => !exported.has(name))).toEqual([]);
});

test.each(queries)('$title asks only for labels that exist: $query', ({ query }) => {
  const known = new Set(['le', 'job', ...Object.values(attr).map(underscored)]);
  expect(namesIn(query).labels.filter((name) => !known.has(name))).toEqual([]);
});

test.each(panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target }))))(
  '$title shows only labels that its query keeps: $legendFormat',
  ({ expr, legendFormat }) => {
    expect(namesIn(expr).labels).toEqual(expect.arrayContaining(labelsInLegend(legendFormat)));
  },
);

test('what the load test is about has a panel', () => {
  const asked = new Set(queries.flatMap(({ query }) => namesIn(query).metrics));
  for (const name of [
    'gen_ai_client_operation_duration_seconds_bucket',
    'gen_ai_client_operation_time_to_first_chunk_seconds_bucket',
    'telltale_tokens_total',
    'telltale_cost_USD_total',
    'telltale_attempts_total',
    'telltale_retries_total',
    'telltale_backoff_wait_seconds_bucket',
    'telltale_inflight',
  ])
    expect(asked).toContain(name);
});

test('the dashboard is provisioned, is the home page, and uses data sources that are', () => {
  const { datasources } = readData<{ datasources: { uid: string }[] }>(
    'otel-collector/grafana/provisioning/datasources/datasources.yaml',
  );
  const uids = new Set(datasources.map(({ uid }) => uid));
  const used = [...panels, ...panels.flatMap(({ targets }) => targets), ...variables];
  for (const { datasource } of used) expect(uids).toContain(datasource.uid);

  const { providers } = readData<{ providers: { options: { path: string } }[] }>(
    'otel-collector/grafana/provisioning/dashboards/dashboards.yaml',
  );
  const { services } = readData<{ services: Record<string, ComposeService> }>('docker-compose.yml');
  const grafana = services['grafana'];
  for (const { options } of providers)
    expect(grafana?.volumes).toContain(`./otel-collector/grafana/dashboards:${options.path}:ro`);
  expect(grafana?.environment).toMatchObject({
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/var/lib/grafana/dashboards/telltale.json',
  });
});
