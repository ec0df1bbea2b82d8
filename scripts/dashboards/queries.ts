import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { root } from './programs.ts';

/** A query that somebody relies on. */
export interface Query {
  /** `telltale.json: Cost per hour by model`, `alerts.yaml: TelltaleSlowCalls` */
  readonly where: string;
  /** As it is written. */
  readonly expr: string;
  readonly isExemplar: boolean;
  /** Whether it is also of interest which side of its threshold it is on. */
  readonly isAlert: boolean;
}

export interface Variable {
  readonly where: string;
  readonly name: string;
  readonly query: string;
  readonly regex?: string | undefined;
  readonly isAll: boolean;
}

interface Target {
  readonly expr: string;
  readonly exemplar?: boolean;
}

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly Target[] }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr?: string }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly query: { readonly query: string };
      readonly regex?: string;
      readonly includeAll?: boolean;
    }[];
  };
}

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: { readonly runbook_url?: string };
}

export function readDashboards(): { readonly queries: Query[]; readonly variables: Variable[] } {
  const queries: Query[] = [];
  const variables: Variable[] = [];
  const folder = path.join(root, 'otel-collector/grafana/dashboards');
  for (const file of globSync('*.json', { cwd: folder }).toSorted()) {
    const board = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Dashboard;
    for (const { title, targets = [] } of board.panels)
      for (const { expr, exemplar = false } of targets)
        queries.push({ where: `${file}: ${title}`, expr, isExemplar: exemplar, isAlert: false });
    for (const { name, expr } of board.annotations.list)
      if (expr !== undefined)
        queries.push({ where: `${file}: annotation ${name}`, expr, isExemplar: false, isAlert: false });
    for (const { name, query, regex, includeAll = false } of board.templating.list)
      variables.push({ where: `${file}: $${name}`, name, query: query.query, regex, isAll: includeAll });
  }
  return { queries, variables };
}

export function readRules(): { readonly queries: Query[]; readonly runbooks: string[] } {
  const text = readFileSync(path.join(root, 'otel-collector/alerts.yaml'), 'utf8');
  const { groups } = parse(text) as { groups: { rules: Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  return {
    queries: rules.map(({ alert, record, expr }) => ({
      where: `alerts.yaml: ${alert ?? record}`,
      expr,
      isExemplar: false,
      isAlert: alert !== undefined,
    })),
    runbooks: [...new Set(rules.flatMap(({ annotations }) => annotations?.runbook_url ?? []))],
  };
}

/** What the runbooks tell whoever is woken to ask. */
export function readRunbooks(): Query[] {
  const folder = path.join(root, 'docs/runbooks');
  return globSync('*.md', { cwd: folder })
    .toSorted()
    .flatMap((file) =>
      [...readFileSync(path.join(folder, file), 'utf8').matchAll(/^```promql\n(.*?)^```$/gms)].map(
        ([, expr = '']) => ({
          where: `runbooks/${file}`,
          expr: expr.trim(),
          isExemplar: false,
          isAlert: false,
        }),
      ),
    );
}

/** As Grafana fills it in, at the shortest rate interval that the data source's `timeInterval` of 15 s leaves. */
export function filled(expr: string, values: ReadonlyMap<string, string>): string {
  return expr.replaceAll(/\$(\w+)/g, (whole, name: string) => values.get(name) ?? whole);
}

/** What no run can show: that somebody looks at yesterday, and on which side of a threshold a figure is. */
const loosenings: readonly (readonly [RegExp, string])[] = [
  [/ offset \w+/g, ''],
  [/ (?:>=|<=|==|>|<) [\d.]+(?! \*)/g, ''],
  // Two figures that are compared have both to be there.
  [/ > (?=\d)/g, ' + '],
  [/ unless /g, ' and '],
];

/** The same figures without thresholds and without yesterday: they have to be there whether or not an alert fires. */
export function loosened(expr: string): string {
  return loosenings.reduce((text, [what, by]) => text.replaceAll(what, by), expr);
}
