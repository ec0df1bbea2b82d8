import type { Attributes, MetricOptions, SpanKind, SpanStatus } from '@opentelemetry/api';
import { type Counts, type Fact, factsIn } from './book.ts';
import type { LogRecordProcessor } from './sdk.ts';

export type LogRecord = Parameters<LogRecordProcessor['onEmit']>[0];

export interface Instrument {
  readonly kind: 'Counter' | 'Gauge' | 'Histogram' | 'UpDownCounter';
  readonly name: string;
  readonly options: MetricOptions | undefined;
}

/** One thing that was said through OpenTelemetry. A span is known by its id. */
export type Step =
  | {
      readonly does: 'start';
      readonly id: string;
      readonly parentId: string | undefined;
      readonly name: string;
      readonly kind: SpanKind;
      readonly attributes: Attributes;
    }
  | {
      readonly does: 'end';
      readonly id: string;
      readonly name: string;
      readonly renamed: boolean;
      readonly attributes: Attributes;
      readonly events: readonly { readonly name: string; readonly attributes: Attributes | undefined }[];
      readonly status: SpanStatus;
    }
  | {
      readonly does: 'measure';
      readonly instrument: Instrument;
      readonly value: number;
      readonly attributes: Attributes;
    }
  | { readonly does: 'log'; readonly spanId: string | undefined; readonly record: LogRecord };

/** A span counts when it ends: one that does not is never exported. */
export function countsOf(steps: readonly Step[]): Counts {
  const count = (does: Step['does']) => steps.filter((step) => step.does === does).length;
  return { spans: count('end'), metricRecords: count('measure'), logRecords: count('log'), events: 0 };
}

export function factsOf(steps: readonly Step[]): readonly Fact[] {
  const starts = new Map(steps.flatMap((step) => (step.does === 'start' ? [[step.id, step] as const] : [])));
  const under = (path: string, id: string | undefined) => factsIn(path, starts.get(id ?? '')?.name);

  function facts(step: Step): readonly Fact[] {
    switch (step.does) {
      case 'start':
        return [];
      case 'end':
        return [
          ['span', step.name],
          ...under('span.under', starts.get(step.id)?.parentId),
          ...factsIn('span', step.attributes),
          ...factsIn('span.status', step.status),
          ...factsIn('span.event', step.events),
        ];
      case 'measure':
        return [[step.instrument.name, step.value], ...factsIn(step.instrument.name, step.attributes)];
      case 'log':
        return [
          ...factsIn('log.name', step.record.eventName),
          ...factsIn('log.body', step.record.body),
          ...under('log.under', step.spanId),
          ...factsIn('log', step.record.attributes),
        ];
    }
  }

  return steps.flatMap(facts);
}
