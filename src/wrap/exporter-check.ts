import type { HealthCheck, HealthContributor } from '../account/health/health.ts';
import type { ExporterHealth, SignalFigures, TelemetrySignal } from '../exporter-health.ts';

/** For so long after something was dropped it counts as dropping. */
const droppingMs = 60_000;

const signals: readonly TelemetrySignal[] = ['traces', 'metrics', 'logs'];

/** Without telemetry the client works as well as with it: degraded at most. What nobody told of is not called good. */
export function exporterCheck(exporter: () => ExporterHealth | undefined): HealthContributor {
  return {
    name: 'exporter',
    check() {
      const all = exporter()?.figures();
      if (!all) return { status: 'unknown', reason: 'nobody has said what sends telemetry' };
      const those = (state: string): readonly TelemetrySignal[] =>
        signals.filter((signal) => all[signal].state === state);
      const sinceMs = signals.flatMap((signal) => all[signal].sinceLastExportMs ?? []);
      const figures = {
        ...Object.fromEntries(signals.map((signal) => [signal, all[signal].state])),
        failedExports: signals.reduce((sum, signal) => sum + all[signal].failedExports, 0),
        droppedSpans: all.traces.dropped,
        droppedLogRecords: all.logs.dropped,
        ...(sinceMs.length > 0 && { sinceLastExportMs: Math.min(...sinceMs) }),
      };
      const failing = those('failing');
      if (failing.length > 0) return degraded(`${failing.join(', ')} cannot be sent`, figures);
      const isDropping = signals.some(
        (signal) => (all[signal].sinceLastDropMs ?? Number.POSITIVE_INFINITY) < droppingMs,
      );
      if (isDropping) return degraded('some telemetry was dropped in the last minute', figures);
      if (those('ok').length > 0) return { status: 'ok', ...figures };
      return {
        status: 'unknown',
        reason: unknownReason(signals.map((signal) => all[signal].state)),
        ...figures,
      };
    },
  };
}

function unknownReason(states: readonly SignalFigures['state'][]): string {
  if (states.includes('idle')) return 'nothing has been sent yet';
  return states.includes('unknown') ? 'nobody watches what is sent' : 'telemetry is off';
}

function degraded(reason: string, figures: Readonly<Record<string, string | number>>): HealthCheck {
  return { status: 'degraded', reason, ...figures };
}
