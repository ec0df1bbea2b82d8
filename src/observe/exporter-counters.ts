import type { Meter, MeterProvider } from '@opentelemetry/api';
import type { ExporterHealth, TelemetrySignal } from '../exporter-health.ts';
import { MeasuredSet } from './measured-set.ts';
import { attr, metric } from './semconv.ts';

/** What is measured of how telemetry leaves the process; undefined where nobody knows. */
export type MeasuredExporter = () => ExporterHealth | undefined;

const signals: readonly TelemetrySignal[] = ['traces', 'metrics', 'logs'];

/** By meter provider. Clients mostly tell of the same exporters, which count once. */
const exportersOf = new MeasuredSet<MeasuredExporter>();

/** What was lost is told of by the first reading that arrives again. */
export function observeExporter(provider: MeterProvider, meter: Meter, exporter: MeasuredExporter): void {
  const all = exportersOf.join(provider, exporter);
  if (!all) return;
  const failed = meter.createObservableCounter(metric.exporterFailures, {
    description: 'Exports of telemetry that failed',
    unit: '{export}',
  });
  const dropped = meter.createObservableCounter(metric.exporterDropped, {
    description: 'Spans, log records or readings of metrics that were given up',
    unit: '{item}',
  });
  meter.addBatchObservableCallback(
    (result) => {
      const known = [...new Set([...all].flatMap((one) => one() ?? []))].map((one) => one.figures());
      for (const signal of signals) {
        const sent = known
          .map((figures) => figures[signal])
          .filter(({ state }) => state !== 'off' && state !== 'unknown');
        if (sent.length === 0) continue;
        const attributes = { [attr.exporterSignal]: signal };
        result.observe(
          failed,
          sent.reduce((sum, { failedExports }) => sum + failedExports, 0),
          attributes,
        );
        result.observe(
          dropped,
          sent.reduce((sum, one) => sum + one.dropped, 0),
          attributes,
        );
      }
    },
    [failed, dropped],
  );
}
