import {
  type Attributes,
  type Context,
  logs,
  metrics,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Instrument, LogRecord, Step } from './steps.ts';

/**
 * The shortest way to take `steps` again through the registered SDK: each attribute is set once, and every value and
 * instrument is there already.
 */
export function replayOf(steps: readonly Step[]): () => void {
  const spans = new OpenSpans(steps);
  const recorders = new Recorders();
  const tracer = trace.getTracer('floor');
  const logger = logs.getLogger('floor');

  function action(step: Step): () => void {
    switch (step.does) {
      case 'start': {
        const { id, name, kind, attributes } = step;
        const parent = spans.contextOf(step.parentId);
        return () => spans.put(id, tracer.startSpan(name, { kind, attributes }, parent()));
      }
      case 'end':
        return ending(step, spans.started(step.id)?.attributes ?? {}, () => spans.get(step.id));
      case 'measure': {
        const { value, attributes } = step;
        const record = recorders.of(step.instrument);
        return () => record(value, attributes);
      }
      case 'log': {
        const record = emitted(step.record);
        const parent = spans.contextOf(step.spanId);
        return () => logger.emit({ ...record, context: parent() });
      }
    }
  }

  const actions = steps.map(action);
  return () => {
    for (const act of actions) act();
  };
}

type StartStep = Step & { readonly does: 'start' };
type EndStep = Step & { readonly does: 'end' };

class OpenSpans {
  readonly #starts: readonly StartStep[];
  readonly #spans = new Map<string, Span>();

  constructor(steps: readonly Step[]) {
    this.#starts = steps.filter((step) => step.does === 'start');
  }

  started(id: string | undefined): StartStep | undefined {
    return this.#starts.find((step) => step.id === id);
  }

  put(id: string, span: Span): void {
    this.#spans.set(id, span);
  }

  get(id: string): Span {
    const span = this.#spans.get(id);
    if (!span) throw new Error('A span ended that had not started: what a call said was not recorded whole.');
    return span;
  }

  /** Asked of once; what it gives is asked at every replay. */
  contextOf(id: string | undefined): () => Context {
    return id === undefined || !this.started(id)
      ? () => ROOT_CONTEXT
      : () => trace.setSpan(ROOT_CONTEXT, this.get(id));
  }
}

function ending(step: EndStep, atStart: Attributes, span: () => Span): () => void {
  const { name, renamed, status, events } = step;
  const later = Object.fromEntries(
    Object.entries(step.attributes).filter(([key, value]) => atStart[key] !== value),
  );
  const hasLater = Object.keys(later).length > 0;
  return () => {
    const ended = span();
    if (hasLater) ended.setAttributes(later);
    for (const event of events) ended.addEvent(event.name, event.attributes);
    if (status.code !== SpanStatusCode.UNSET) ended.setStatus(status);
    if (renamed) ended.updateName(name);
    ended.end();
  };
}

class Recorders {
  readonly #made = new Map<string, (value: number, attributes: Attributes) => void>();

  of({ kind, name, options }: Instrument): (value: number, attributes: Attributes) => void {
    const key = `${kind} ${name}`;
    const known = this.#made.get(key);
    if (known) return known;
    const meter = metrics.getMeter('floor');
    const instrument = meter[`create${kind}`](name, options);
    const record =
      'add' in instrument
        ? (value: number, attributes: Attributes) => instrument.add(value, attributes)
        : (value: number, attributes: Attributes) => instrument.record(value, attributes);
    this.#made.set(key, record);
    return record;
  }
}

function emitted({ eventName, severityNumber, severityText, body, attributes }: LogRecord) {
  return {
    attributes,
    ...(eventName === undefined ? {} : { eventName }),
    ...(severityNumber === undefined ? {} : { severityNumber }),
    ...(severityText === undefined ? {} : { severityText }),
    ...(body === undefined ? {} : { body }),
  };
}
