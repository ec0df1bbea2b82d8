import type { Span } from '../model.ts';

export interface PlacedSpan {
  readonly span: Span;
  readonly depth: number;
}

/**
 * Parents before their children, siblings by start. A span whose parent is not in the trace is a root; spans that
 * are each other's parents, which only broken telemetry has, follow at the end as roots: each span comes once.
 */
export function placeSpans(spans: readonly Span[]): readonly PlacedSpan[] {
  const byStart = [...spans].sort((a, b) => a.fromMs - b.fromMs);
  const ids = new Set(spans.map((span) => span.spanId));
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of byStart) {
    const { parentSpanId } = span;
    if (parentSpanId === undefined || !ids.has(parentSpanId)) roots.push(span);
    else children.set(parentSpanId, [...(children.get(parentSpanId) ?? []), span]);
  }
  const placed: PlacedSpan[] = [];
  const seen = new Set<Span>();
  for (const root of [...roots, ...byStart]) {
    const open: PlacedSpan[] = [{ span: root, depth: 0 }];
    for (let next = open.pop(); next; next = open.pop()) {
      if (seen.has(next.span)) continue;
      seen.add(next.span);
      placed.push(next);
      const depth = next.depth + 1;
      open.push(...(children.get(next.span.spanId) ?? []).map((span) => ({ span, depth })).reverse());
    }
  }
  return placed;
}
