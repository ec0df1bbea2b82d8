import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filled } from '../../../scripts/dashboards/queries.ts';
import { type ComposeService, readData, root } from '../files.ts';
import { exportedNames } from '../prometheus-names.ts';
import { labelsInLegend, namesIn } from '../promql.ts';
import { boards, type Panel } from './boards.ts';
import { isLabel, isMetric, rules } from './names.ts';

interface DataSource {
  readonly uid: string;
  readonly jsonData?: { readonly exemplarTraceIdDestinations?: { readonly url?: string }[] };
}
const { datasources } = readData<{ datasources: DataSource[] }>(
  'otel-collector/grafana/provisioning/datasources/datasources.yaml',
);
const { services } = readData<{ services: Record<string, ComposeService> }>('docker-compose.yml');

const withTag = (text: string) => filled(text, new Map([['tag', 'feature']]));
const targets = boards.flatMap(({ file, board }) =>
  board.panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr, legendFormat }) => ({
      where: `${file}: ${panel.title}`,
      expr: withTag(expr),
      legend: withTag(legendFormat),
    })),
  ),
);
const variables = boards.flatMap(({ file, board }) =>
  board.templating.list.map(({ name, query }) => ({ where: `${file}: $${name}`, expr: query.query })),
);

test('metrics get the names that the collector gives them', async () => {
  expect([...(await exportedNames())]).toEqual(
    expect.arrayContaining([
      'gen_ai_client_operation_duration_seconds_bucket',
      'gen_ai_client_token_usage_count',
      'telltale_tokens_total',
      'telltale_cost_USD_total',
      'telltale_inflight',
      'telltale_budget_spent_USD',
      'telltale_exporter_dropped_total',
    ]),
  );
});

test.each([...targets, ...variables])(
  '$where asks only for metrics and labels that exist: $expr',
  ({ expr }) => {
    const { metrics, labels } = namesIn(expr);
    expect(metrics.length + Number(expr.includes('__name__'))).toBeGreaterThan(0);
    expect(metrics.filter((name) => !isMetric(name))).toEqual([]);
    expect(labels.filter((name) => !isLabel(name))).toEqual([]);
  },
);

test.each(targets)('$where shows only labels that its query keeps: $legend', ({ expr, legend }) => {
  expect(namesIn(expr).labels).toEqual(expect.arrayContaining(labelsInLegend(legend)));
});

test('what calls are about has a panel', () => {
  const asked = new Set(targets.flatMap(({ expr }) => namesIn(expr).metrics));
  for (const name of [
    'gen_ai_client_operation_duration_seconds_bucket',
    'gen_ai_client_operation_time_to_first_chunk_seconds_bucket',
    'telltale_tokens_total',
    'telltale_cost_USD_total',
    'telltale_attempts_total',
    'telltale_retries_total',
    'telltale_refusals_total',
    'telltale_backoff_wait_seconds_bucket',
    'telltale_throttle_wait_seconds_bucket',
    'telltale_queue_depth',
    'telltale_breaker_state',
    'telltale_inflight',
    'telltale_exporter_dropped_total',
    'job_limit:telltale_quota:used_ratio',
    'job_budget:telltale_budget:used_ratio',
    'traces_span_metrics_duration_milliseconds_bucket',
  ])
    expect(asked).toContain(name);
});

test('no two dashboards have one uid or one title, and each is in a file of its uid', () => {
  expect(boards.map(({ board }) => `${board.uid}.json`)).toEqual(boards.map(({ file }) => file));
  expect(new Set(boards.map(({ board }) => board.title)).size).toBe(boards.length);
});

test.each(boards)('$file has a schema that Grafana 13 reads, and ids that are all different', ({ board }) => {
  expect(board.schemaVersion).toBeGreaterThanOrEqual(36);
  const ids = board.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { title, targets = [] } of board.panels)
    expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
});

test.each(boards)('the panels of $file lie side by side', ({ board }) => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of board.panels) {
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x} ${y}`), `${title} lies on`).toBeUndefined();
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

test.each(
  boards.flatMap(({ file, board }) =>
    board.panels.map((panel): [string, Panel] => [`${file}: ${panel.title}`, panel]),
  ),
)(
  '%s says what it is and in which unit, and asks a data source that is provisioned',
  (_, { type, description, fieldConfig, datasource, targets = [] }) => {
    if (type === 'row') return;
    expect(description?.length).toBeGreaterThan(20);
    if (type === 'text') return;
    expect(fieldConfig?.defaults.unit).toBeTruthy();
    expect(targets.length).toBeGreaterThan(0);
    const known = datasources.map(({ uid }) => uid);
    for (const source of [datasource, ...targets.map((target) => target.datasource)])
      expect(known).toContain(source?.uid);
  },
);

/** Series of these are not there before the first of what they count, or where nobody asked for it. */
const mayBeMissing =
  /error_type!=""|telltale_outcome=~"error[^)]*\)\)$|retries_total|refusals_total|backoff_wait|breaker_state|quota|budget|^ALERTS/;

test.each(
  boards.flatMap(({ file, board }) =>
    board.panels
      .filter(
        ({ targets = [] }) => targets.length > 0 && targets.every(({ expr }) => mayBeMissing.test(expr)),
      )
      .map((panel): [string, Panel] => [`${file}: ${panel.title}`, panel]),
  ),
)('%s says in words that there is nothing to show', (_, { fieldConfig }) => {
  expect(fieldConfig?.defaults.noValue).toMatch(/^[A-Z].*\.$/);
});

test.each(boards)('$file asks only for variables that it has', ({ board }) => {
  const has = new Set(['__rate_interval', ...board.templating.list.map(({ name }) => name)]);
  const texts = [
    ...board.panels.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr, legendFormat }) => [expr, legendFormat]),
    ),
    ...board.templating.list.map(({ query }) => query.query),
  ];
  for (const text of texts)
    for (const [, name = ''] of text.matchAll(/\$(\w+)/g)) expect(has, text).toContain(name);
  for (const { datasource } of [...board.templating.list, ...board.annotations.list])
    expect(datasources.map(({ uid }) => uid)).toContain(datasource.uid);
});

test.each(boards)('the links of $file lead to what is there', ({ board }) => {
  const inText = board.panels.flatMap(({ options, description = '' }) => [
    ...[...(options?.content ?? '').matchAll(/\]\(([^)]+)\)/g)].map(([, url = '']) => url),
    ...[...description.matchAll(/docs\/[\w/-]+\.md/g)].map(([file]) => file),
  ]);
  const urls = [...board.links.map(({ url }) => url), ...inText];
  expect(urls.length).toBeGreaterThan(0);
  for (const url of urls) expect(existsSync(path.join(root, targetOf(url))), url).toBe(true);
  const runbooks = new Set(rules.flatMap(({ annotations }) => annotations?.runbook_url ?? []));
  // The page for an incident has all of them.
  if (board.uid === 'telltale-incident')
    expect(inText.filter((url) => runbooks.has(url)).toSorted()).toEqual([...runbooks].toSorted());
});

/** The file behind a link: a page, a dashboard, or the composition, where a service listens on that port. */
function targetOf(url: string): string {
  const [, port, rest = ''] = url.match(/^http:\/\/127\.0\.0\.1:(\d+)\/?(.*)$/) ?? [];
  if (port !== undefined) {
    const published = Object.values(services)
      .flatMap(({ ports = [] }) => ports)
      // The port may be a variable with a default.
      .map((one) => one.replace(/\$\{\w+:-(\d+)\}/, '$1').split(':')[1]);
    expect(published, url).toContain(port);
    return rest.startsWith('consoles/') ? rest.replace('consoles', 'docs/runbooks') : 'docker-compose.yml';
  }
  const [, uid] = url.match(/^\/d\/([\w-]+)$/) ?? [];
  return uid === undefined ? url : `otel-collector/grafana/dashboards/${uid}.json`;
}

test('exemplars open in pages that a viewer of Grafana may see, which Explore is not', () => {
  const opened = datasources.flatMap(({ jsonData }) => jsonData?.exemplarTraceIdDestinations ?? []);
  const jaeger = services['jaeger']?.ports?.[0]?.match(/:-(\d+)\}/)?.[1];
  // Grafana takes `$` for a variable of its environment, but where it is doubled.
  const url = `http://127.0.0.1:${jaeger}/trace/$\${__value.raw}`;
  expect(opened).toEqual([{ name: 'trace_id', url, urlDisplayLabel: 'Open the trace' }]);
});

test('the dashboards are provisioned, and the overview is the home page', () => {
  const { providers } = readData<{ providers: { options: { path: string } }[] }>(
    'otel-collector/grafana/provisioning/dashboards/dashboards.yaml',
  );
  const grafana = services['grafana'];
  for (const { options } of providers)
    expect(grafana?.volumes).toContain(`./otel-collector/grafana/dashboards:${options.path}:ro`);
  expect(grafana?.environment).toMatchObject({
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/var/lib/grafana/dashboards/telltale.json',
  });
});
