import type { Attributes, Meter, MeterProvider } from '@opentelemetry/api';
import { MeasuredSet } from './measured-set.ts';
import { attr, metric } from './semconv.ts';

/** What is measured of alerts. */
export interface MeasuredAlerts {
  states(): readonly { readonly alert: string; readonly limit?: string; readonly isFiring: boolean }[];
}

/** By meter provider. An alert of several clients fires where it fires for one of them. */
const alertsOf = new MeasuredSet<MeasuredAlerts>();

export function observeAlerts(provider: MeterProvider, meter: Meter, alerts: MeasuredAlerts): void {
  const all = alertsOf.join(provider, alerts);
  if (!all) return;
  meter
    .createObservableGauge(metric.alertFiring, {
      description: 'Whether an alert condition holds: 1 while it fires, else 0',
    })
    .addCallback((result) => {
      const firing = new Map<string, { value: number; readonly attributes: Attributes }>();
      for (const alerts of all) {
        for (const { alert, limit, isFiring } of alerts.states()) {
          const key = `${alert} ${limit ?? ''}`;
          const attributes = { [attr.alert]: alert, ...(limit !== undefined && { [attr.limit]: limit }) };
          const value = Math.max(firing.get(key)?.value ?? 0, isFiring ? 1 : 0);
          firing.set(key, { value, attributes });
        }
      }
      for (const { value, attributes } of firing.values()) result.observe(value, attributes);
    });
}
