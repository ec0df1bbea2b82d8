import { metrics } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { SignalFigures } from '../../src/exporter-health.ts';
import { currentInstruments } from '../../src/observe/instruments.ts';

const sent: SignalFigures = { state: 'ok', failedExports: 0, dropped: 0 };

/** The names under which the collector's Prometheus exporter shows what the instruments record. */
export async function exportedNames(): Promise<ReadonlySet<string>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const instruments = currentInstruments({ name: 'test', version: '0' }, () => 1, {
    limiter: {
      stats: () => ({
        waiting: { high: 0, medium: 0, low: 0 },
        limits: [{ limit: 'requests/minute', quota: 1, used: 0 }],
        estimate: { settled: 1, meanError: 0.5 },
        store: { roundTrips: 1 },
      }),
    },
    alerts: { states: () => [{ alert: 'p95_duration', isFiring: false }] },
    breakers: { snapshot: () => [{ operation: 'chat', model: 'gpt-5', state: 'closed' }] },
    budgets: { snapshot: () => ({ budgets: [{ budget: 'usd/day', spentUsd: 1, limitUsd: 2 }] }) },
    exporter: () => ({ figures: () => ({ traces: sent, metrics: sent, logs: sent }) }),
  })();
  if (!instruments) throw new Error('no instruments with a registered provider');
  for (const instrument of Object.values(instruments)) {
    if ('record' in instrument) instrument.record(1, {});
    else if ('add' in instrument) instrument.add(1, {});
  }
  await provider.forceFlush();
  metrics.disable();
  const recorded = exporter
    .getMetrics()
    .flatMap((resource) => resource.scopeMetrics)
    .flatMap((scope) => scope.metrics);
  await provider.shutdown();
  return new Set(recorded.flatMap(prometheusNames));
}

/** Units by the words that Prometheus uses; one in braces is a note for people and disappears. */
const unitWords: Readonly<Record<string, string>> = { s: 'seconds', ms: 'milliseconds', By: 'bytes' };

function prometheusNames({ descriptor, dataPointType, ...metric }: MetricData): string[] {
  const unit = descriptor.unit.replace(/\{.*\}/, '');
  const base = [underscored(descriptor.name), unitWords[unit] ?? unit].filter(Boolean).join('_');
  if (dataPointType === DataPointType.HISTOGRAM) return [`${base}_bucket`, `${base}_sum`, `${base}_count`];
  return ['isMonotonic' in metric && metric.isMonotonic ? `${base}_total` : base];
}

export function underscored(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}
