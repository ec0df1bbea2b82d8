import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { checkAlertOptions } from '../../../src/account/alerts/alert-options.ts';
import { type ComposeService, readData, root } from '../files.ts';
import { labelsInLegend, namesIn } from '../promql.ts';
import { isLabel, isMetric, type Rule, rules } from './names.ts';

const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }]));

function exprOf(name: string): string {
  return rules.find(({ alert, record }) => alert === name || record === name)?.expr ?? '';
}

test('there is a rule for each condition of the application, with its thresholds', () => {
  const { p95Ms, errorRate, meanCostUsd, limitUsed, windowMs, minCalls } = checkAlertOptions('alerts', {});
  const threshold = (name: string) => Number(exprOf(name).match(/> ([\d.]+)/)?.[1]);
  expect(threshold('TelltaleSlowCalls')).toBe(p95Ms / 1_000);
  expect(threshold('TelltaleFailingCalls')).toBe(errorRate);
  expect(threshold('TelltaleCostlyCalls')).toBe(meanCostUsd);
  expect(threshold('TelltaleLimitNearlyUsed')).toBe(limitUsed);
  for (const name of ['TelltaleSlowCalls', 'TelltaleFailingCalls', 'TelltaleCostlyCalls'])
    expect(exprOf(name)).toContain(`job:telltale_calls:increase5m >= ${minCalls}`);
  for (const { record, expr } of rules.filter((rule) => rule.record?.startsWith('job:')))
    expect(new Set(expr.match(/\[\w+\]/g) ?? []), record).toEqual(new Set([`[${windowMs / 60_000}m]`]));
});

test.each(rules.map((rule): [string, Rule] => [rule.alert ?? rule.record ?? '', rule]))(
  '%s asks only for metrics and labels that exist, and shows only labels that it keeps',
  (_, { expr, annotations }) => {
    const { metrics, labels } = namesIn(expr);
    expect(metrics.length + Number(expr.includes('__name__'))).toBeGreaterThan(0);
    expect(metrics.filter((name) => !isMetric(name))).toEqual([]);
    expect(labels.filter((name) => !isLabel(name))).toEqual([]);
    const text = annotations?.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '{{$1}}') ?? '';
    const kept = new Set([...labels, ...metrics.flatMap(labelsRecorded), 'instance']);
    expect(labelsInLegend(text).filter((name) => !kept.has(name))).toEqual([]);
  },
);

/** Those by which a recorded metric was summed up. */
function labelsRecorded(metric: string): readonly string[] {
  const expr = rules.find(({ record }) => record === metric)?.expr;
  return expr === undefined ? [] : namesIn(expr).labels;
}

test.each(alerts)('$alert says how urgent it is', ({ labels }) => {
  expect(['critical', 'warning', 'info']).toContain(labels?.severity);
});

test('Prometheus loads the rules from where they are mounted', () => {
  const { rule_files } = readData<{ rule_files: string[] }>('otel-collector/prometheus.yaml');
  const { services } = readData<{ services: Record<string, ComposeService> }>('docker-compose.yml');
  for (const file of rule_files)
    expect(services['prometheus']?.volumes).toContain(`./otel-collector/${file}:/etc/prometheus/${file}:ro`);
});

test('Prometheus reads what the collector says of itself, as the job that the rules know', () => {
  const { scrape_configs } = readData<{
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  }>('otel-collector/prometheus.yaml');
  const targets = scrape_configs.map(({ job_name, static_configs }) => [
    job_name,
    static_configs.flatMap((one) => one.targets),
  ]);
  expect(targets).toEqual([
    ['collector', ['collector:8889']],
    ['collector-self', ['collector:8888']],
  ]);
});

const unitTests = ['alerts', 'yesterday'].map((name) => `test/stack/rules/${name}.promtool.yaml`);

interface UnitTests {
  readonly tests: readonly {
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

test.each(alerts)('$alert has a unit test in which it fires, and one in which it does not', ({ alert }) => {
  const all = unitTests
    .flatMap((file) => readData<UnitTests>(file).tests)
    .flatMap((one) => one.alert_rule_test ?? [])
    .filter(({ alertname }) => alertname === alert)
    .map(({ exp_alerts }) => exp_alerts.length > 0);
  expect(new Set(all)).toEqual(new Set([true, false]));
});

const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: root, encoding: 'utf8' });
const isThere = promtool('--version').error === undefined;

// Comes with Prometheus: `apt-get install prometheus`.
describe.skipIf(!isThere)('promtool (skipped where it is not installed)', () => {
  test('takes the configuration and its rules', () => {
    const { status, stdout, stderr } = promtool('check', 'config', 'otel-collector/prometheus.yaml');
    expect(status, stdout + stderr).toBe(0);
  });

  test.each(unitTests)(
    'says that the rules begin and end where they should: %s',
    { timeout: 90_000 },
    (file) => {
      const { status, stdout, stderr } = promtool('test', 'rules', file);
      expect(status, stdout + stderr).toBe(0);
    },
  );
});
