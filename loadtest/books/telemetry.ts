import type { MetricTotal } from '../otlp/metrics.ts';
import { attr, scopeName } from '../otlp/names.ts';
import type { SpanRecord } from '../otlp/spans.ts';

/** The wrapper's book: every span and the totals of every metric that it exported. */
export interface TelemetryBook {
  readonly spans: readonly SpanRecord[];
  readonly metrics: readonly MetricTotal[];
  /** What the gateway said when it had drained; undefined when it died before. */
  readonly openCalls: number | undefined;
}

/** What a span is in a call's life. */
export type SpanRole = 'gateway' | 'call' | 'attempt' | 'backoff' | 'throttle' | 'other';

/** Judged by kind and attributes alone, so that a span which breaks the contract is `other`. */
export function roleOf(span: SpanRecord): SpanRole {
  const { attributes, kind, name, scope } = span;
  if (scope !== scopeName) return kind === 'server' ? 'gateway' : 'other';
  if (kind === 'internal') return name === 'backoff' || name === 'throttle' ? name : 'other';
  if (kind !== 'client') return 'other';
  if (attributes[attr.method] !== undefined) return 'attempt';
  return attributes[attr.operation] !== undefined && attributes[attr.outcome] !== undefined
    ? 'call'
    : 'other';
}

/** A numeric attribute; undefined where it is absent. */
export function numberOf(span: SpanRecord, name: string): number | undefined {
  const value = span.attributes[name];
  return typeof value === 'number' ? value : undefined;
}

export function textOf(span: SpanRecord, name: string): string | undefined {
  const value = span.attributes[name];
  return typeof value === 'string' ? value : undefined;
}

/** The sum over the time series of a metric that have all these attributes. */
export function metricSum(
  metrics: readonly MetricTotal[],
  name: string,
  where: Readonly<Record<string, string>> = {},
): number {
  return selected(metrics, name, where).reduce((total, { sum }) => total + sum, 0);
}

/** How often a histogram was recorded. */
export function metricCount(metrics: readonly MetricTotal[], name: string): number {
  return selected(metrics, name).reduce((total, { count = 0 }) => total + count, 0);
}

/** How often a histogram was recorded, by the value of an attribute; `none` where it is absent. */
export function metricCounts(
  metrics: readonly MetricTotal[],
  name: string,
  attribute: string,
): Map<string, number> {
  return totalsBy(selected(metrics, name), attribute, ({ count = 0 }) => count);
}

/** What a counter counted, by the value of an attribute; `none` where it is absent. */
export function metricSums(
  metrics: readonly MetricTotal[],
  name: string,
  attribute: string,
): Map<string, number> {
  return totalsBy(selected(metrics, name), attribute, ({ sum }) => sum);
}

function totalsBy(
  totals: readonly MetricTotal[],
  attribute: string,
  of: (total: MetricTotal) => number,
): Map<string, number> {
  const by = new Map<string, number>();
  for (const total of totals) {
    const value = String(total.attributes[attribute] ?? 'none');
    by.set(value, (by.get(value) ?? 0) + of(total));
  }
  return by;
}

/** The time series of a metric that have all these attributes. */
export function selected(
  metrics: readonly MetricTotal[],
  name: string,
  where: Readonly<Record<string, string>> = {},
): MetricTotal[] {
  return metrics.filter(
    (total) =>
      total.name === name && Object.entries(where).every(([key, value]) => total.attributes[key] === value),
  );
}
