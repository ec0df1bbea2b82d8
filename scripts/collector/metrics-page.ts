/** One line of the page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** The trace of the exemplar behind it. */
  readonly exemplarTraceId?: string;
}

const line = /^([A-Za-z_:][\w:]*)(?:\{(.*?)\})? ([^ ]+)(?: [\d.e+]+)?(?: # \{(.*?)\} .*)?$/;
const label = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** A page of metrics, in the text format of Prometheus or OpenMetrics. */
export class MetricsPage {
  readonly samples: readonly Sample[];

  constructor(text: string) {
    this.samples = text.split('\n').flatMap(readLine);
  }

  static async read(url: string): Promise<MetricsPage> {
    const response = await fetch(url, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
      signal: AbortSignal.timeout(30_000),
    });
    return new MetricsPage(await response.text());
  }

  /** Of all series of that name whose labels pass. */
  sum(name: string, passes: (labels: Sample['labels']) => boolean = () => true): number {
    return this.samples.reduce(
      (sum, sample) => (sample.name === name && passes(sample.labels) ? sum + sample.value : sum),
      0,
    );
  }
}

function readLine(text: string): Sample[] {
  const match = text.startsWith('#') ? null : line.exec(text);
  if (!match) return [];
  const [, name = '', labels = '', value = '', exemplar = ''] = match;
  const exemplarTraceId = readLabels(exemplar)['trace_id'];
  return [
    {
      name,
      labels: readLabels(labels),
      value: Number(value),
      ...(exemplarTraceId === undefined ? {} : { exemplarTraceId }),
    },
  ];
}

function readLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(label)].map(([, name = '', value = '']) => [name, value]));
}
