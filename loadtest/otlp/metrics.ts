import { type Attributes, readAttributes } from './attributes.ts';

/** The total of one time series so far. */
export interface MetricTotal {
  readonly name: string;
  readonly attributes: Attributes;
  /** The process that counted, by its `service.instance.id`; absent where it has none. */
  readonly instance?: string;
  /** Of a counter its value, of a histogram the sum of what was recorded. */
  readonly sum: number;
  /** How often was recorded; a counter does not say. */
  readonly count?: number;
}

interface OtlpPoint {
  readonly attributes?: unknown;
  readonly timeUnixNano?: number | string;
  readonly asInt?: number | string;
  readonly asDouble?: number;
  readonly sum?: number;
  readonly count?: number | string;
}

interface OtlpSeries {
  readonly dataPoints?: readonly OtlpPoint[];
  readonly aggregationTemporality?: number;
}

interface OtlpMetrics {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: unknown };
    readonly scopeMetrics?: readonly {
      readonly metrics?: readonly {
        readonly name: string;
        readonly sum?: OtlpSeries;
        readonly histogram?: OtlpSeries;
        readonly gauge?: OtlpSeries;
      }[];
    }[];
  }[];
}

const delta = 1;

/**
 * Follows time series over any number of exports; a cumulative one is what its newest point says, which need not be the last
 * to arrive: an export that met a closed port is tried again, and may come after a later one. Processes are told apart by
 * `service.instance.id`, and each has a total of its own.
 */
export class MetricTotals {
  readonly #totals = new Map<string, MetricTotal>();
  readonly #newest = new Map<string, bigint>();
  #points = 0;

  /** Takes a parsed body of `/v1/metrics`. */
  add(body: unknown): void {
    const { resourceMetrics = [] } = body as OtlpMetrics;
    for (const { resource, scopeMetrics = [] } of resourceMetrics) {
      const instance = String(readAttributes(resource?.attributes)['service.instance.id'] ?? '');
      for (const { metrics = [] } of scopeMetrics) {
        for (const { name, sum, histogram, gauge } of metrics) {
          const series = sum ?? histogram ?? gauge;
          for (const point of series?.dataPoints ?? [])
            this.#take(instance, name, point, series?.aggregationTemporality);
        }
      }
    }
  }

  get all(): MetricTotal[] {
    return [...this.#totals.values()];
  }

  /** Data points received, over all exports. */
  get points(): number {
    return this.#points;
  }

  #take(instance: string, name: string, point: OtlpPoint, temporality: number | undefined): void {
    this.#points++;
    const attributes = readAttributes(point.attributes);
    const key = `${instance} ${name} ${JSON.stringify(Object.entries(attributes).sort())}`;
    if (temporality !== delta && this.#isOld(key, point)) return;
    const before = temporality === delta ? this.#totals.get(key) : undefined;
    const sum = Number(point.asInt ?? point.asDouble ?? point.sum ?? 0) + (before?.sum ?? 0);
    const count = point.count === undefined ? undefined : Number(point.count) + (before?.count ?? 0);
    this.#totals.set(key, {
      name,
      attributes,
      ...(instance === '' ? {} : { instance }),
      sum,
      ...(count === undefined ? {} : { count }),
    });
  }

  /** Whether a newer point of the series has been here. */
  #isOld(key: string, { timeUnixNano = 0 }: OtlpPoint): boolean {
    const at = BigInt(timeUnixNano);
    if (at < (this.#newest.get(key) ?? at)) return true;
    this.#newest.set(key, at);
    return false;
  }
}
