const words = new Set([
  'by',
  'and',
  'or',
  'sum',
  'max',
  'rate',
  'increase',
  'histogram_quantile',
  'vector',
  'label_values',
]);

/** `by (label)`, `{label="value"}` and the last argument of `label_values(metric, label)`. */
const labelPlaces = /\bby \([^)]*\)|\{[^}]*\}|(?<=\blabel_values\(\w+), \w+/g;

/** What a query names. Enough of PromQL for the dashboard and the alerts: selectors, `by (...)`, functions and arithmetic. */
export function namesIn(query: string): { metrics: string[]; labels: string[] } {
  const unquoted = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, '');
  const labels = [...unquoted.matchAll(labelPlaces)].flatMap(([place]) =>
    identifiers(place).filter((name) => !words.has(name)),
  );
  const rest = unquoted.replaceAll(labelPlaces, '');
  return { metrics: identifiers(rest).filter((name) => !words.has(name)), labels };
}

/** The labels that a legend shows. */
export function labelsInLegend(legend: string): string[] {
  return [...legend.matchAll(/\{\{(\w+)\}\}/g)].flatMap(([, label]) => label ?? []);
}

function identifiers(text: string): string[] {
  return text.match(/[a-zA-Z_:][\w:]*/g) ?? [];
}
