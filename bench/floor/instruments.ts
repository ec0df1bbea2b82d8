import { type Attributes, type MetricOptions, metrics } from '@opentelemetry/api';
import type { Instrument } from './steps.ts';

type Records = (value: number, attributes?: Attributes, ...rest: unknown[]) => void;
type Creates = (name: string, options?: MetricOptions) => object;

const recording: Readonly<Record<Instrument['kind'], 'add' | 'record'>> = {
  Counter: 'add',
  UpDownCounter: 'add',
  Histogram: 'record',
  Gauge: 'record',
};
const kinds = Object.keys(recording) as Instrument['kind'][];

/**
 * Tells what the registered SDK's instruments record. What the SDK collects would not: it adds records up. So the
 * methods of its classes are replaced, but only while somebody listens, so that nothing that is measured passes here.
 */
export class InstrumentTap {
  readonly #known = new WeakMap<object, Instrument>();
  readonly #classes = new Map<Instrument['kind'], object>();

  /** Only instruments that are created after this are known. */
  constructor() {
    const meter = metrics.getMeter('bench');
    const creators = Object.getPrototypeOf(meter) as Record<string, Creates>;
    for (const kind of kinds) {
      const method = `create${kind}` as const;
      this.#classes.set(kind, Object.getPrototypeOf(meter[method]('bench.tap')) as object);
      const create = creators[method] as Creates;
      const known = this.#known;
      creators[method] = function createAndKnow(this: unknown, name, options) {
        const instrument = create.call(this, name, options);
        known.set(instrument, { kind, name, options });
        return instrument;
      };
    }
  }

  /** Tells `said` of every record until the function that it returns is called. */
  listen(said: (instrument: Instrument, value: number, attributes: Attributes) => void): () => void {
    const known = this.#known;
    const restores = [...this.#classes].map(([kind, prototype]) => {
      const methods = prototype as Record<string, Records>;
      const method = recording[kind];
      const record = methods[method] as Records;
      methods[method] = function recordAndTell(this: object, value, attributes, ...rest) {
        const instrument = known.get(this);
        if (instrument) said(instrument, value, { ...attributes });
        record.call(this, value, attributes, ...rest);
      };
      return () => {
        methods[method] = record;
      };
    });
    return () => {
      for (const restore of restores) restore();
    };
  }
}
