import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObserveOptions } from '../../src/index.ts';
import { cases } from './cases/index.ts';
import type { ContractCase, ExpectedCall } from './contract-case.ts';
import { type Observed, perform } from './perform.ts';
import { type EndedSpan, isAttempt, isCall, isError, isGroup, SpanBook } from './span-book.ts';
import type { World } from './worlds.ts';

/** With no OpenTelemetry SDK registered, an observed client is the bare one to everybody. */
export function describeWithoutSdk(world: World): void {
  describe(`openai ${world.version}, no SDK registered: bare and observed are the same for`, () => {
    it.each(casesOf(world))('$name', async (contractCase) => {
      const [bare, observed] = await Promise.all([
        perform(contractCase, world, false),
        perform(contractCase, world, true),
      ]);
      expectSame(
        arranged(observed, contractCase),
        arranged(bare, contractCase),
        contractCase.endsSooner?.(world) ?? false,
      );
      expect(observed.traceparents.filter((header) => header !== undefined)).toEqual([]);
    });
  });
}

/** With one registered, only `traceparent` is added, and the spans say what happened. */
export function describeWithSdk(
  world: World,
  options?: ObserveOptions,
  asLogged: (line: string) => string = (line) => line,
): void {
  const given = options ? `, ${JSON.stringify(options)}` : '';
  describe(`openai ${world.version}, SDK registered${given}: bare and observed are the same, and spans are true, for`, () => {
    let book: SpanBook;
    beforeAll(() => {
      book = new SpanBook();
    });
    afterAll(() => book.close());

    it.each(casesOf(world))('$name', async (contractCase) => {
      book.clear();
      const [bare, observed] = await Promise.all([
        perform(contractCase, world, false),
        book.asCaller(() => perform(contractCase, world, true, options)),
      ]);
      expectSame(
        arranged({ ...observed, log: observed.log.map(asLogged) }, contractCase),
        arranged({ ...bare, log: bare.log.map(asLogged) }, contractCase),
        contractCase.endsSooner?.(world) ?? false,
      );
      expectTruth(book, observed, contractCase, world);
    });
  });
}

/** Something that a policy of ours rightly does otherwise than the client's own. */
export interface Difference {
  readonly versions: readonly World['version'][];
  /** Says why, in the name of the test. */
  readonly because: string;
  readonly requests: number;
  /** One entry a call, as in a case. */
  readonly calls: readonly ExpectedCall[];
  /** @default that of the bare client */
  readonly result?: unknown;
  /** @default that of the bare client */
  readonly error?: unknown;
}

/** The client's debug lines show a request's options, of which the number of retries is one. */
const withoutMaxRetries = (line: string): string =>
  line.replaceAll(/,?\s*maxRetries: (?:\d+|undefined)/g, '').replaceAll(/\s+/g, ' ');

/**
 * With a policy of retrying that allows what the client's own allows, and waits as little, the same is so of everything but
 * what `differences` has, which is stated there: and how the process is afterwards is the same of that too.
 */
export function describeUnderPolicy(world: World, differences: Readonly<Record<string, Difference>>): void {
  const differenceOf = ({ name }: ContractCase): Difference | undefined =>
    differences[name]?.versions.includes(world.version) ? differences[name] : undefined;
  const performBoth = (book: SpanBook, contractCase: ContractCase) => {
    book.clear();
    const maxAttempts = (contractCase.options?.maxRetries ?? 2) + 1;
    const retry = { maxAttempts, initialDelayMs: 1, maxDelayMs: 1, jitter: 'none' } as const;
    return Promise.all([
      perform(contractCase, world, false),
      book.asCaller(() => perform(contractCase, world, true, { retry })),
    ]);
  };
  describe(`openai ${world.version} under a retry policy`, () => {
    let book: SpanBook;
    beforeAll(() => {
      book = new SpanBook();
    });
    afterAll(() => book.close());

    const all = casesOf(world);
    it.each(all.filter((one) => !differenceOf(one)))('$name: the same', async (contractCase) => {
      const [bare, observed] = await performBoth(book, contractCase);
      expectSame(
        arranged({ ...observed, log: observed.log.map(withoutMaxRetries) }, contractCase),
        arranged({ ...bare, log: bare.log.map(withoutMaxRetries) }, contractCase),
        contractCase.endsSooner?.(world) ?? false,
      );
      expectTruth(book, observed, contractCase, world);
    });

    const different = all.flatMap((contractCase) => {
      const difference = differenceOf(contractCase);
      return difference ? [{ ...difference, contractCase, name: contractCase.name }] : [];
    });
    it.each(different)('$name: different, because $because', async (difference) => {
      const { contractCase, requests, calls } = difference;
      const [bare, observed] = await performBoth(book, contractCase);
      const { result = bare.result, error = bare.error } = difference;
      expect(observed.exchanges.length).toBe(requests);
      expect(observed.error).toEqual(error);
      expect(observed.result).toEqual(result);
      expect([observed.unhandled, observed.openCalls]).toEqual([[], 0]);
      // Whatever is the same after all has no place among the differences.
      expect(observed.log.map(withoutMaxRetries)).not.toEqual(bare.log.map(withoutMaxRetries));
      expectTruth(book, observed, { ...contractCase, calls, unseen: 0 }, world);
    });
  });
}

function casesOf(world: World): ContractCase[] {
  return cases.filter(({ versions }) => versions?.includes(world.version) ?? true);
}

/** What runs at once arrives in any order: sorted, it can be compared. */
function arranged(performance: Observed, { anyOrder = false }: ContractCase): Observed {
  if (!anyOrder) return performance;
  const exchanges = [...performance.exchanges].sort((a, b) =>
    JSON.stringify(a) < JSON.stringify(b) ? -1 : 1,
  );
  return { ...performance, exchanges, log: [...performance.log].sort() };
}

function expectSame(observed: Observed, bare: Observed, sooner: boolean): void {
  expect(observed.error).toEqual(bare.error);
  expect(observed.result).toStrictEqual(bare.result);
  expect(observed.exchanges).toEqual(bare.exchanges);
  expect(observed.log).toEqual(sooner ? bare.log.slice(0, observed.log.length) : bare.log);
  expect(observed.unhandled).toEqual([]);
  expect(observed.openCalls).toBe(0);
  // Baggage is the application's own business.
  expect(observed.baggage).toEqual([]);
}

function expectTruth(book: SpanBook, observed: Observed, contractCase: ContractCase, world: World): void {
  const expected = typeof contractCase.calls === 'function' ? contractCase.calls(world) : contractCase.calls;
  const unseen =
    typeof contractCase.unseen === 'function' ? contractCase.unseen(world) : (contractCase.unseen ?? 0);
  const spans = book.own;
  const attempts = spans.filter(isAttempt);
  const calls = spans.filter(isCall).map((call) => told(call, childrenOf(call, spans)));
  expect(
    calls.map(({ tokens, ...call }, index) =>
      expected[index]?.tokens === undefined ? call : { ...call, tokens },
    ),
  ).toEqual(expected.map(({ says: _, ...call }) => call));
  for (const [index, span] of spans.filter(isCall).entries()) {
    const wanted = expected[index]?.says ?? {};
    const said = { ...span.attributes, name: span.name };
    expect(said).toEqual({ ...said, ...wanted });
  }
  expect(book.ended.length).toBe(book.started.length);
  expect(attempts.length).toBe(observed.exchanges.length + unseen);
  const caller = book.ended.find((span) => span.name === 'caller')?.spanContext();
  // A call is the child of its caller's span; one made while another is sending, of that one's attempt.
  const parents = [
    caller?.spanId,
    ...(contractCase.nested ? attempts.map((span) => span.spanContext().spanId) : []),
    ...spans.filter(isGroup).map((span) => span.spanContext().spanId),
  ];
  for (const call of spans.filter(isCall)) expect(parents).toContain(call.parentSpanContext?.spanId);
  for (const span of spans) {
    expect(span.spanContext().traceId).toBe(caller?.traceId);
    if (isGroup(span)) continue;
    if (isCall(span)) expectCall(span, childrenOf(span, spans));
    else
      expect(spans.filter(isCall).map((call) => call.spanContext().spanId)).toContain(
        span.parentSpanContext?.spanId,
      );
  }
  if (contractCase.untraced) return;
  // Each request carries the context of its own attempt.
  const ids = attempts.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`);
  for (const header of observed.traceparents) expect(ids).toContain(header);
  expect(new Set(observed.traceparents).size).toBe(attempts.length - Math.max(unseen, 0));
}

function childrenOf(call: EndedSpan, spans: readonly EndedSpan[]): EndedSpan[] {
  return spans.filter((span) => span.parentSpanContext?.spanId === call.spanContext().spanId);
}

function told(call: EndedSpan, children: readonly EndedSpan[]): ExpectedCall {
  const { 'telltale.outcome': outcome, 'error.type': errorType } = call.attributes;
  const { 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output } = call.attributes;
  const source = call.attributes['telltale.usage.source'];
  return {
    outcome: String(outcome),
    ...(errorType !== undefined && { errorType: String(errorType) }),
    tokens: source === 'provider' ? `${input}/${output}` : String(source),
    attempts: children.filter(isAttempt).map((attempt) => {
      const { 'http.response.status_code': status, 'error.type': type } = attempt.attributes;
      return typeof status === 'number' ? status : String(type);
    }),
  };
}

function expectCall(call: EndedSpan, children: readonly EndedSpan[]): void {
  const attempts = children.filter(isAttempt);
  expect(call.attributes['telltale.attempts']).toBe(attempts.length);
  expect(attempts.map((attempt) => attempt.attributes['http.request.resend_count'])).toEqual(
    attempts.map((_, index) => (index === 0 ? undefined : index)),
  );
  const outcome = call.attributes['telltale.outcome'];
  expect(isError(call)).toBe(outcome === 'error' || outcome === 'truncated');
}
