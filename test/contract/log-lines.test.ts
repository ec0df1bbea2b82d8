import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LineBook } from '../observe/line-book.ts';
import { cases } from './cases/index.ts';
import { perform } from './perform.ts';
import { type EndedSpan, isAttempt, isCall, SpanBook } from './span-book.ts';
import { type World, worlds } from './worlds.ts';

const levels: Readonly<Record<string, string>> = { ok: 'info', error: 'error' };

// One of each major: a line is made of the same events as the spans, which are compared on all three.
const majors = worlds.filter(({ version }) => version !== '6.0.0');

describe.each(majors)(
  'openai $version: each call has one line, and it says what its spans say, for',
  (world) => {
    let book: SpanBook;
    beforeAll(() => {
      book = new SpanBook();
    });
    afterAll(() => book.close());

    it.each(casesOf(world))('$name', async (contractCase) => {
      book.clear();
      const { lines, ...log } = recorder();
      await book.asCaller(() => perform(contractCase, world, true, { log }));
      const calls = book.own.filter(isCall);
      expect(lines.map(({ fields }) => fields.span_id).sort()).toEqual(calls.map(idOf).sort());
      for (const { level, fields } of lines) {
        const call = calls.find((span) => idOf(span) === fields.span_id);
        const attempts = book.own.filter(
          (span) => isAttempt(span) && span.parentSpanContext?.spanId === fields.span_id,
        );
        const told = toldBy(call, attempts.at(-1));
        expect(
          Object.fromEntries(Object.keys(told).map((name) => [name, Reflect.get(fields, name)])),
        ).toEqual(told);
        expect(level).toBe(levels[fields.outcome] ?? 'warn');
      }
    });
  },
);

/** A logger that is no instance of a class, so that it can be taken apart. */
function recorder() {
  const book = new LineBook();
  return {
    lines: book.lines,
    info: book.info.bind(book),
    warn: book.warn.bind(book),
    error: book.error.bind(book),
  };
}

function casesOf(world: World) {
  return cases.filter(({ versions }) => versions?.includes(world.version) ?? true);
}

function idOf(span: EndedSpan): string {
  return span.spanContext().spanId;
}

/** What the line of a call has to say by its span and that of its last attempt; undefined where it has to be silent. */
function toldBy(call: EndedSpan | undefined, attempt: EndedSpan | undefined): object {
  const of = call?.attributes ?? {};
  return {
    trace_id: call?.spanContext().traceId,
    trace_flags: '01',
    outcome: of['telltale.outcome'],
    operation: of['gen_ai.operation.name'],
    model: of['gen_ai.request.model'],
    responseModel: of['gen_ai.response.model'],
    attempts: of['telltale.attempts'],
    inputTokens: of['gen_ai.usage.input_tokens'],
    outputTokens: of['gen_ai.usage.output_tokens'],
    cachedInputTokens: of['gen_ai.usage.cache_read.input_tokens'],
    reasoningTokens: of['gen_ai.usage.reasoning.output_tokens'],
    usageSource: of['telltale.usage.source'],
    costUsd: of['telltale.cost.usd'],
    errorType: of['error.type'],
    statusCode: attempt?.attributes['http.response.status_code'],
    requestId: attempt?.attributes['telltale.request_id'],
  };
}
