import { createNoopMeter, type Meter, type MeterProvider, metrics } from '@opentelemetry/api';
import { type MeasuredAlerts, observeAlerts } from './alert-gauge.ts';
import { type MeasuredBreakers, observeBreakers } from './breaker-gauge.ts';
import { type MeasuredBudgets, observeBudgets } from './budget-gauges.ts';
import { type MeasuredExporter, observeExporter } from './exporter-counters.ts';
import { type MeasuredLimiter, observeLimiter } from './limit-gauges.ts';
import { MeasuredSet } from './measured-set.ts';
import { type Distribution, PendingRecords, type Sum } from './pending-records.ts';
import { metric, secondsBuckets, tokenBuckets } from './semconv.ts';

/** The instruments that record per call. */
export interface Instruments {
  readonly operationDuration: Distribution;
  readonly timeToFirstChunk: Distribution;
  readonly timePerOutputChunk: Distribution;
  readonly tokenUsage: Distribution;
  readonly tokens: Sum;
  readonly cost: Sum;
  readonly attempts: Sum;
  readonly retries: Sum;
  readonly backoffWait: Distribution;
  readonly throttleWait: Distribution;
  readonly refusals: Sum;
  /** Hands over what calls have recorded; before metrics are read. */
  readonly flush: () => void;
  /** Throws, once, what an instrument has thrown; where a call has nothing more to lose. */
  readonly throwFault: () => void;
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
    // Not those of the provider before, even where those of this one cannot be made.
    instruments = undefined;
    // Where nobody is listening, nothing has to be recorded.
    const listening = registered.getMeter(scope.name, scope.version) !== createNoopMeter();
    if (!listening) return undefined;
    measure(registered, scope, openCalls, measured);
    instruments = instrumentsOf(registered, scope);
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
      // A provider asks for what it observes before it reads what was recorded.
      known.get(provider)?.flush();
      let open = 0;
      for (const count of clients) open += count();
      result.observe(open);
    });
}

function measure(
  provider: MeterProvider,
  scope: { name: string; version: string },
  openCalls: () => number,
  { limiter, breakers, budgets, alerts, exporter }: Measured,
): void {
  const meter = provider.getMeter(scope.name, scope.version);
  observeOpenCalls(provider, meter, openCalls);
  if (limiter) observeLimiter(provider, meter, limiter);
  if (breakers) observeBreakers(provider, meter, breakers);
  if (budgets) observeBudgets(provider, meter, budgets);
  if (alerts) observeAlerts(provider, meter, alerts);
  if (exporter) observeExporter(provider, meter, exporter);
}

/** One for all clients, because what waits in them is handed over when the provider reads. */
const known = new WeakMap<MeterProvider, Instruments>();

function instrumentsOf(provider: MeterProvider, scope: { name: string; version: string }): Instruments {
  const made = known.get(provider) ?? createInstruments(provider.getMeter(scope.name, scope.version));
  known.set(provider, made);
  return made;
}

function createInstruments(meter: Meter): Instruments {
  const pending = new PendingRecords();
  const seconds = (name: string, description: string): Distribution =>
    pending.distribution(
      meter.createHistogram(name, {
        description,
        unit: 's',
        advice: { explicitBucketBoundaries: secondsBuckets },
      }),
    );
  const sum = (name: string, unit: string, description: string): Sum =>
    pending.sum(meter.createCounter(name, { description, unit }));
  return {
    flush: pending.flush,
    throwFault: pending.throwFault,
    operationDuration: seconds(
      metric.operationDuration,
      'Duration of a call as its caller felt it, retries and waits included',
    ),
    timeToFirstChunk: seconds(
      metric.timeToFirstChunk,
      'From the start of a streamed call to its first chunk',
    ),
    timePerOutputChunk: seconds(metric.timePerOutputChunk, 'From one chunk of a stream to the next'),
    tokenUsage: pending.distribution(
      meter.createHistogram(metric.tokenUsage, {
        description: 'Tokens of a call by type',
        unit: '{token}',
        advice: { explicitBucketBoundaries: tokenBuckets },
      }),
    ),
    tokens: sum(metric.tokens, '{token}', 'Tokens by type: input, cached, output, reasoning'),
    cost: sum(metric.cost, 'USD', 'Cost of calls; wasted where nothing usable came of it'),
    attempts: sum(metric.attempts, '{attempt}', 'Attempts of calls, those that never left included'),
    retries: sum(metric.retries, '{attempt}', 'Attempts after the first of a call'),
    backoffWait: seconds(metric.backoffWait, 'Waits between two attempts'),
    throttleWait: seconds(metric.throttleWait, 'Waits for limits before an attempt; 0 where it went at once'),
    refusals: sum(
      metric.refusals,
      '{attempt}',
      'Attempts that a limit, a budget or a circuit breaker did not let go',
    ),
  };
}
