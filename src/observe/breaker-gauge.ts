import type { Attributes, Meter, MeterProvider } from '@opentelemetry/api';
import { MeasuredSet } from './measured-set.ts';
import { attr, metric } from './semconv.ts';

/** What is measured of circuit breakers. */
export interface MeasuredBreakers {
  snapshot(): readonly {
    readonly model?: string;
    readonly operation: string;
    readonly state: keyof typeof stateValues;
  }[];
}

const stateValues = { closed: 0, half_open: 1, open: 2 } as const;

/** By meter provider. Of breakers with the same attributes, as those of two servers, the worst is told of. */
const breakersOf = new MeasuredSet<MeasuredBreakers>();

export function observeBreakers(provider: MeterProvider, meter: Meter, breakers: MeasuredBreakers): void {
  const all = breakersOf.join(provider, breakers);
  if (!all) return;
  meter
    .createObservableGauge(metric.breakerState, {
      description: 'State of a circuit breaker: 0 closed, 1 half open, 2 open',
    })
    .addCallback((result) => {
      const worst = new Map<string, { readonly value: number; readonly attributes: Attributes }>();
      for (const breakers of all) {
        for (const { model, operation, state } of breakers.snapshot()) {
          const key = `${operation}\n${model ?? ''}`;
          const value = stateValues[state];
          if (value < (worst.get(key)?.value ?? 0)) continue;
          const attributes: Attributes = { [attr.operationName]: operation };
          if (model !== undefined) attributes[attr.requestModel] = model;
          worst.set(key, { value, attributes });
        }
      }
      for (const { value, attributes } of worst.values()) result.observe(value, attributes);
    });
}
