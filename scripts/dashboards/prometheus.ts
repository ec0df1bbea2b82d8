import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { RunFailure } from '../../loadtest/run-failure.ts';
import { root } from './programs.ts';

interface Configuration {
  readonly global: Readonly<Record<string, unknown>>;
  readonly scrape_configs: readonly {
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

/** The project's own configuration, but for where the targets are and how often they are read. */
export function writeConfiguration(file: string, addresses: Readonly<Record<string, string>>): void {
  const own = parse(readFileSync(path.join(root, 'otel-collector/prometheus.yaml'), 'utf8')) as Configuration;
  const scrapes = own.scrape_configs.map((scrape) => ({
    ...scrape,
    static_configs: scrape.static_configs.map(({ targets }) => ({ targets: targets.map(addressOf) })),
  }));
  function addressOf(target: string): string {
    const address = addresses[target];
    if (address === undefined)
      throw new RunFailure(
        `prometheus.yaml reads \`${target}\`, and this check knows ${Object.keys(addresses).join(' and ')}.`,
      );
    return address;
  }
  const adapted = {
    ...own,
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '2s' },
    rule_files: [path.join(root, 'otel-collector/alerts.yaml')],
    scrape_configs: scrapes,
  };
  writeFileSync(file, stringify(adapted));
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** Asks a Prometheus. What it says is wrong is thrown as a RunFailure. */
export class PrometheusApi {
  readonly #base: string;

  constructor(base: string) {
    this.#base = base;
  }

  async isReady(): Promise<true | undefined> {
    return (await fetch(`${this.#base}/-/ready`)).ok || undefined;
  }

  async query(query: string): Promise<readonly Sample[]> {
    const { result } = await this.#ask<{ result: Sample[] }>('query', { query });
    return result;
  }

  async exemplars(query: string): Promise<readonly Exemplar[]> {
    const endS = Date.now() / 1_000;
    const series = await this.#ask<{ exemplars: Exemplar[] }[]>('query_exemplars', {
      query,
      start: String(endS - 600),
      end: String(endS),
    });
    return series.flatMap(({ exemplars }) => exemplars);
  }

  /** `label_values(metric, label)` and `label_names(metric)`, as Grafana's variables ask. */
  async variable(query: string): Promise<readonly string[]> {
    const [, verb, selector = '', label] = query.match(/^label_(values|names)\((.+?)(?:, (\w+))?\)$/) ?? [];
    if (verb === undefined)
      throw new RunFailure(`\`${query}\` is no query of a variable that is known here.`);
    const what = verb === 'names' ? 'labels' : `label/${label}/values`;
    return this.#ask<string[]>(what, { 'match[]': selector });
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#ask<{ groups: { rules: RuleState[] }[] }>('rules', {});
    return groups.flatMap(({ rules }) => rules);
  }

  /** A page that it serves. */
  async page(pathname: string): Promise<string | undefined> {
    const response = await fetch(this.#base + pathname);
    return response.ok ? response.text() : undefined;
  }

  async #ask<T>(what: string, parameters: Readonly<Record<string, string>>): Promise<T> {
    const response = await fetch(`${this.#base}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const body = (await response.json()) as { status: string; data: T; error?: string };
    if (body.status === 'success') return body.data;
    throw new RunFailure(
      `Prometheus does not take \`${Object.values(parameters)[0] ?? what}\`: ${body.error}`,
    );
  }
}
