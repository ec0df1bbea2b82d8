import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { checkAlertOptions } from '../../src/account/alerts/alert-options.ts';
import { attr } from '../../src/observe/semconv.ts';
import { type ComposeService, readData, root } from './files.ts';
import { exportedNames, underscored } from './prometheus-names.ts';
import { labelsInLegend, namesIn } from './promql.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly summary: string };
}

const { groups } = readData<{ groups: { rules: Rule[] }[] }>('otel-collector/alerts.yaml');
const rules = groups.flatMap((group) => group.rules);
const exported = await exportedNames();

test('there is a rule for each condition, with the thresholds that the application has', () => {
  const thresholds = rules.map(({ expr }) => Number(expr.match(/> ([\d.]+)/)?.[1]));
  const { p95Ms, errorRate, meanCostUsd, limitUsed, windowMs, minCalls } = checkAlertOptions('alerts', {});
  expect(thresholds).toEqual([p95Ms / 1_000, errorRate, meanCostUsd, limitUsed, 0]);
  for (const { expr } of rules.slice(0, 3)) {
    expect(expr).toContain(`>= ${minCalls}`);
    expect(new Set(expr.match(/\[\w+\]/g))).toEqual(new Set([`[${windowMs / 60_000}m]`]));
  }
});

test.each(rules)('$alert asks only for metrics and labels that exist', ({ expr, annotations }) => {
  const { metrics, labels } = namesIn(expr);
  expect(metrics.length).toBeGreaterThan(0);
  expect(metrics.filter((name) => !exported.has(name))).toEqual([]);
  const known = new Set(['le', 'job', ...Object.values(attr).map(underscored)]);
  expect(labels.filter((name) => !known.has(name))).toEqual([]);
  const shown = labelsInLegend(annotations.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '{{$1}}'));
  expect(labels).toEqual(expect.arrayContaining(shown));
});

test('Prometheus loads the rules from where they are mounted', () => {
  const { rule_files } = readData<{ rule_files: string[] }>('otel-collector/prometheus.yaml');
  const { services } = readData<{ services: Record<string, ComposeService> }>('docker-compose.yml');
  for (const file of rule_files)
    expect(services['prometheus']?.volumes).toContain(`./otel-collector/${file}:/etc/prometheus/${file}:ro`);
});

const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd: root, encoding: 'utf8' });
const isThere = promtool('--version').error === undefined;

// Comes with Prometheus: `apt-get install prometheus`.
describe.skipIf(!isThere)('promtool (skipped where it is not installed)', () => {
  test('takes the configuration and its rules', () => {
    const { status, stdout, stderr } = promtool('check', 'config', 'otel-collector/prometheus.yaml');
    expect(status, stdout + stderr).toBe(0);
  });

  test('says that the rules begin and end where they should', () => {
    const { status, stdout, stderr } = promtool('test', 'rules', 'test/stack/alerts.promtool.yaml');
    expect(status, stdout + stderr).toBe(0);
  });
});
