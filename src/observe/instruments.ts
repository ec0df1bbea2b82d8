import {
  type Counter,
  createNoopMeter,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
} from '@opentelemetry/api';
import { type MeasuredAlerts, observeAlerts } from './alert-gauge.ts';
import { type MeasuredBreakers, observeBreakers } from './breaker-gauge.ts';
import { type MeasuredBudgets, observeBudgets } from './budget-gauges.ts';
import { type MeasuredExporter, observeExporter } from './exporter-counters.ts';
import { type MeasuredLimiter, observeLimiter } from './limit-gauges.ts';
import { MeasuredSet } from './measured-set.ts';
import { metric, secondsBuckets, tokenBuckets } from './semconv.ts';

/** The instruments that record per call. */
export interface Instruments {
  readonly operationDuration: Histogram;
  readonly timeToFirstChunk: Histogram;
  readonly timePerOutputChunk: Histogram;
  readonly tokenUsage: Histogram;
  readonly tokens: Counter;
  readonly cost: Counter;
  readonly attempts: Counter;
  readonly retries: Counter;
  readonly backoffWait: Histogram;
  readonly throttleWait: Histogram;
  readonly refusals: Counter;
}

/** What is looked at when metrics are read, rather than recorded by calls. */
export interface Measured {
  readonly limiter?: MeasuredLimiter | undefined;
  readonly breakers?: MeasuredBreakers | undefined;
  readonly budgets?: MeasuredBudgets | undefined;
  readonly alerts?: MeasuredAlerts | undefined;
  readonly exporter?: MeasuredExporter | undefined;
}

/**
 * Gives the instruments of the meter provider that is registered now. OpenTelemetry's meter has no proxy: instruments
 * made before a provider is registered stay dead, so they are made again when the provider changes.
 */
export function currentInstruments(
  scope: { name: string; version: string },
  openCalls: () => number,
  measured: Measured = {},
): () => Instruments | undefined {
  let provider: MeterProvider | undefined;
  let instruments: Instruments | undefined;
  return () => {
    const registered = metrics.getMeterProvider();
    if (registered === provider) return instruments;
    provider = registered;
    // Where nobody is listening, nothing has to be recorded.
    const listening = registered.getMeter(scope.name, scope.version) !== createNoopMeter();
    instruments = listening ? createInstruments(registered, scope, openCalls, measured) : undefined;
    return instruments;
  };
}

const openCallsOf = new MeasuredSet<() => number>();

function observeOpenCalls(provider: MeterProvider, meter: Meter, openCalls: () => number): void {
  const clients = openCallsOf.join(provider, openCalls);
  if (!clients) return;
  meter
    .createObservableUpDownCounter(metric.inflight, {
      description: 'Calls that have started and not ended',
      unit: '{call}',
    })
    .addCallback((result) => {
      let open = 0;
      for (const count of clients) open += count();
      result.observe(open);
    });
}

function createInstruments(
  provider: MeterProvider,
  scope: { name: string; version: string },
  openCalls: () => number,
  { limiter, breakers, budgets, alerts, exporter }: Measured,
): Instruments {
  const meter = provider.getMeter(scope.name, scope.version);
  const seconds = (name: string, description: string): Histogram =>
    meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: secondsBuckets },
    });
  observeOpenCalls(provider, meter, openCalls);
  if (limiter) observeLimiter(provider, meter, limiter);
  if (breakers) observeBreakers(provider, meter, breakers);
  if (budgets) observeBudgets(provider, meter, budgets);
  if (alerts) observeAlerts(provider, meter, alerts);
  if (exporter) observeExporter(provider, meter, exporter);
  return {
    operationDuration: seconds(
      metric.operationDuration,
      'Duration of a call as its caller felt it, retries and waits included',
    ),
    timeToFirstChunk: seconds(
      metric.timeToFirstChunk,
      'From the start of a streamed call to its first chunk',
    ),
    timePerOutputChunk: seconds(metric.timePerOutputChunk, 'From one chunk of a stream to the next'),
    tokenUsage: meter.createHistogram(metric.tokenUsage, {
      description: 'Tokens of a call by type',
      unit: '{token}',
      advice: { explicitBucketBoundaries: tokenBuckets },
    }),
    tokens: meter.createCounter(metric.tokens, {
      description: 'Tokens by type: input, cached, output, reasoning',
      unit: '{token}',
    }),
    cost: meter.createCounter(metric.cost, {
      description: 'Cost of calls; wasted where nothing usable came of it',
      unit: 'USD',
    }),
    attempts: meter.createCounter(metric.attempts, {
      description: 'Attempts of calls, those that never left included',
      unit: '{attempt}',
    }),
    retries: meter.createCounter(metric.retries, {
      description: 'Attempts after the first of a call',
      unit: '{attempt}',
    }),
    backoffWait: seconds(metric.backoffWait, 'Waits between two attempts'),
    throttleWait: seconds(metric.throttleWait, 'Waits for limits before an attempt; 0 where it went at once'),
    refusals: meter.createCounter(metric.refusals, {
      description: 'Attempts that a limit, a budget or a circuit breaker did not let go',
      unit: '{attempt}',
    }),
  };
}
