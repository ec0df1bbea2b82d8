import { attr } from '../../../src/observe/semconv.ts';
import { readData } from '../files.ts';
import { exportedNames, underscored } from '../prometheus-names.ts';

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: { readonly summary: string; readonly runbook_url: string };
}

const { groups } = readData<{ groups: { rules: Rule[] }[] }>('otel-collector/alerts.yaml');
export const rules = groups.flatMap((group) => group.rules);

const exported = await exportedNames();
const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
/** Of Prometheus, of the collector itself and of its span metrics: only a run can tell, `npm run check:dashboards`. */
const others = /^(?:up|ALERTS|otelcol_\w+|traces_span_metrics_\w+)$/;

export function isMetric(name: string): boolean {
  return exported.has(name) || recorded.has(name) || others.test(name);
}

const own = new Set(Object.values(attr).map(underscored));
const theirs =
  /^(?:job|le|__name__|alertname|alertstate|severity|instance|exporter|receiver|transport|data_type|span_name|span_kind)$/;

export function isLabel(name: string): boolean {
  return own.has(name) || theirs.test(name) || name.startsWith('telltale_tag_');
}
