import type { Meter, MeterProvider } from '@opentelemetry/api';
import type { Priority } from '../call.ts';
import { MeasuredSet } from './measured-set.ts';
import { attr, metric } from './semconv.ts';

/** What is measured of a limiter. */
export interface MeasuredLimiter {
  stats(): {
    readonly waiting: Readonly<Record<Priority, number>>;
    readonly limits: readonly { readonly limit: string; readonly quota: number; readonly used: number }[];
    readonly estimate?: { readonly settled: number; readonly meanError: number | undefined };
    readonly store?: { readonly roundTrips: number } | undefined;
  };
}

/**
 * By meter provider. A limiter that several clients share is there once. Those who wait in several limiters add up; of
 * limits of one name, as of the users of one limit, the fullest is told of: a sum would hide that one of them is full.
 */
const limitersOf = new MeasuredSet<MeasuredLimiter>();

export function observeLimiter(provider: MeterProvider, meter: Meter, limiter: MeasuredLimiter): void {
  const limiters = limitersOf.join(provider, limiter);
  if (!limiters) return;
  const depth = meter.createObservableUpDownCounter(metric.queueDepth, {
    description: 'Calls that wait for a limit',
    unit: '{call}',
  });
  const used = meter.createObservableGauge(metric.quotaUsed, {
    description: 'Requests or tokens counted in the last window of a limit',
  });
  const limit = meter.createObservableGauge(metric.quotaLimit, {
    description: 'Requests or tokens that a window of a limit holds',
  });
  const estimateError = meter.createObservableGauge(metric.estimateError, {
    description:
      'Mean distance of the tokens reserved for a call from those that it used, over those that it used',
    unit: '1',
  });
  const roundTrips = meter.createObservableCounter(metric.storeRoundTrips, {
    description: 'Questions to the store in which processes share their limits',
    unit: '{round_trip}',
  });
  meter.addBatchObservableCallback(
    (result) => {
      const waiting = new Map<string, number>();
      const fullest = new Map<string, { readonly used: number; readonly quota: number }>();
      const estimates = { settled: 0, errors: 0 };
      let trips: number | undefined;
      for (const limiter of limiters) {
        const figures = limiter.stats();
        const { estimate, store } = figures;
        if (store) trips = (trips ?? 0) + store.roundTrips;
        if (estimate?.meanError !== undefined) {
          estimates.settled += estimate.settled;
          estimates.errors += estimate.settled * estimate.meanError;
        }
        for (const [priority, count] of Object.entries(figures.waiting))
          waiting.set(priority, (waiting.get(priority) ?? 0) + count);
        for (const one of figures.limits) {
          const other = fullest.get(one.limit);
          if (!other || one.used / one.quota > other.used / other.quota) fullest.set(one.limit, one);
        }
      }
      for (const [name, one] of fullest) {
        result.observe(used, one.used, { [attr.limit]: name });
        result.observe(limit, one.quota, { [attr.limit]: name });
      }
      for (const [priority, count] of waiting) result.observe(depth, count, { [attr.priority]: priority });
      if (estimates.settled > 0) result.observe(estimateError, estimates.errors / estimates.settled);
      if (trips !== undefined) result.observe(roundTrips, trips);
    },
    [depth, used, limit, estimateError, roundTrips],
  );
}
