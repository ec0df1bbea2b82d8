import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface WrittenSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
  readonly droppedAttributesCount?: number;
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly droppedEventsCount?: number;
  readonly links: readonly { readonly traceId: string }[];
  readonly droppedLinksCount?: number;
  readonly status: { readonly code: number; readonly message?: string };
}

interface WrittenLine {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly WrittenSpan[] }[];
  }[];
}

/** The spans of a line. */
export function spansOf(line: string): readonly WrittenSpan[] {
  const { resourceSpans } = JSON.parse(line) as WrittenLine;
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted();
}

/** Everything in the files of a directory, in the order of their names; a line without an end counts too. */
export function linesIn(directory: string): readonly string[] {
  return filesIn(directory).flatMap((name) =>
    readFileSync(path.join(directory, name), 'utf8')
      .split('\n')
      .filter((line) => line !== ''),
  );
}

export function spansIn(directory: string): readonly WrittenSpan[] {
  return linesIn(directory).flatMap(spansOf);
}
