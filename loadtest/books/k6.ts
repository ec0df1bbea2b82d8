import type { K6Call, K6Line } from '../k6/record.ts';

/** What the caller saw. */
export interface K6Book {
  readonly calls: readonly K6Call[];
  /** Undefined when k6 ended before it could sum up. */
  readonly summary: K6Summary | undefined;
  /** The run was stopped early: calls that were under way then have no record, and that is no fault. */
  readonly cutShort: boolean;
}

export interface K6Summary {
  /** Calls that ended, by k6's own count: one an iteration, but for background jobs. */
  readonly iterations: number;
  /** Iterations that k6 could not start in time. */
  readonly dropped: number;
  /** Virtual users that were busy at once, and that there were, at most; absent where the summary does not say. */
  readonly users?: { readonly busy: number; readonly ready: number };
  readonly thresholds: readonly Threshold[];
}

export interface Threshold {
  readonly name: string;
  readonly expression: string;
  readonly measured: string;
  readonly ok: boolean;
}

/** Reads k6's standard output line by line as it comes. */
export class K6BookKeeper {
  readonly #calls: K6Call[] = [];
  /** What is neither a record nor a summary: k6's own warnings and errors. */
  readonly messages: string[] = [];
  #summary: K6Summary | undefined;
  readonly #onStart: () => void;

  constructor(onStart: () => void) {
    this.#onStart = onStart;
  }

  take(text: string): void {
    if (text.trim() === '') return;
    const line = parse(text);
    if (!line) this.messages.push(text);
    else if (line.k6 === 'started') this.#onStart();
    else if (line.k6 === 'summary') this.#summary = readSummary(line.data);
    else {
      const { k6: _mark, ...call } = line;
      this.#calls.push(call);
    }
  }

  /** The book so far. */
  get calls(): readonly K6Call[] {
    return this.#calls;
  }

  close(cutShort: boolean): K6Book {
    return { calls: this.#calls, summary: this.#summary, cutShort };
  }
}

function parse(text: string): K6Line | undefined {
  if (!text.startsWith('{"k6":')) return undefined;
  try {
    return JSON.parse(text) as K6Line;
  } catch {
    return undefined;
  }
}

interface SummaryMetric {
  readonly values?: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** Reads what k6 gives to `handleSummary`. */
export function readSummary(data: unknown): K6Summary {
  const { metrics = {} } = data as { readonly metrics?: Readonly<Record<string, SummaryMetric>> };
  const busy = metrics['vus']?.values?.['max'];
  const ready = metrics['vus_max']?.values?.['max'];
  return {
    iterations: (metrics['calls_made'] ?? metrics['iterations'])?.values?.['count'] ?? 0,
    dropped: metrics['dropped_iterations']?.values?.['count'] ?? 0,
    ...(busy === undefined || ready === undefined ? {} : { users: { busy, ready } }),
    thresholds: Object.entries(metrics)
      .flatMap(([name, { values = {}, thresholds = {} }]) =>
        Object.entries(thresholds).map(([expression, { ok }]) => ({
          name,
          expression,
          measured: measuredBy(expression, values),
          ok,
        })),
      )
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

/** The figure that an expression such as `p(95)<2000` is about; a metric without samples has none. */
function measuredBy(expression: string, values: Readonly<Record<string, number>>): string {
  const [statistic = ''] = expression.split(/[<>=!]/);
  const value = values[statistic.trim()];
  const isEmpty = (values['passes'] === 0 && values['fails'] === 0) || values['max'] === 0;
  if (value === undefined || isEmpty) return 'no calls';
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}
