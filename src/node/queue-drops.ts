import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';

/**
 * Hears what a queue of the SDK gives up because it is full, which the SDK tells by a metric of its own and in no other way:
 * `otel.sdk.processor.*.processed` with the `error.type` `queue_full`.
 */
export function queueDrops(dropped: (count: number) => void): MeterProvider {
  const silent = createNoopMeter();
  const meter = Object.assign(Object.create(silent) as typeof silent, {
    createCounter: () => ({
      add(count: number, attributes?: { readonly 'error.type'?: unknown }): void {
        if (attributes?.['error.type'] === 'queue_full') dropped(count);
      },
    }),
  });
  return { getMeter: () => meter };
}
