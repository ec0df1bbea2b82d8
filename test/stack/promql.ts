const words = new Set([
  ...['by', 'on', 'and', 'or', 'unless'],
  ...['sum', 'max', 'min', 'topk', 'sort_desc', 'rate', 'increase', 'histogram_quantile'],
  ...['avg_over_time', 'min_over_time', 'max_over_time', 'quantile_over_time', 'last_over_time'],
  ...['label_values', 'label_names'],
]);

/** `by (label)`, `on (label)`, `{label="value"}` and the last argument of `label_values(metric, label)`. */
const labelPlaces = /\b(?:by|on) \([^)]*\)|\{[^}]*\}|(?<=\blabel_values\(.+), \w+(?=\)$)/g;

/**
 * What a query names. Enough of PromQL for the dashboards and the alerts: selectors, groups, functions, offsets
 * and arithmetic.
 */
export function namesIn(query: string): { metrics: string[]; labels: string[] } {
  const unquoted = query.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]| offset \w+/g, '');
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
