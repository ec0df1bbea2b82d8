import { context, logs, ROOT_CONTEXT, SeverityNumber, trace } from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type CallLogger, type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { type Mock, type MockOptions, startMock } from '../../src/mock/index.ts';
import { contextOfCall } from '../../src/observe/call-context.ts';
import { createCallLog } from '../../src/observe/call-log.ts';
import { exampleCall } from './example-call.ts';
import { LineBook } from './line-book.ts';
import { registerLogs, registerTracing } from './support.ts';

const instant = { firstTokenMs: 0, betweenTokensMs: 0 };
const question = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'Hello?' }] };
let mock: Mock | undefined;
/** What a test has registered with OpenTelemetry. */
const registered: { stop: () => Promise<void> }[] = [];

function stopAfterwards<T extends { stop: () => Promise<void> }>(registration: T): T {
  registered.push(registration);
  return registration;
}

async function start(options: MockOptions = {}, observeOptions: ObserveOptions = {}): Promise<OpenAI> {
  mock = await startMock({ port: 0, seed: 1, latency: instant, ...options });
  return observe(new OpenAI({ apiKey: 'sk-secret-key', baseURL: mock.url }), observeOptions);
}

afterEach(async () => {
  await mock?.close();
  mock = undefined;
  for (const { stop } of registered.splice(0)) await stop();
  logs.disable();
});

/** What the process was warned of while `work` ran. */
async function warningsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const warnings: string[] = [];
  const hear = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', hear);
  await work();
  // Warnings are emitted in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', hear);
  return warnings;
}

describe('the line of a call', () => {
  it('tells what was asked, how it went, what it cost, and where to look for more', async () => {
    const tracing = stopAfterwards(registerTracing());
    const log = new LineBook();
    const openai = await start(
      {
        schedule: [{ forMs: 60_000, faults: [{ status: 429, rate: 1, retryAfterMs: 5, firstAttempts: 1 }] }],
      },
      { log },
    );
    await openai.chat.completions.create(question, { headers: { 'x-call-id': 'c1' } });
    const span = tracing.spans.getFinishedSpans().find(({ name }) => name === 'chat gpt-5-mini');
    const request = mock?.ledger().at(-1);
    expect(log.only).toEqual({
      level: 'info',
      message: 'chat gpt-5-mini: ok',
      fields: {
        outcome: 'ok',
        operation: 'chat',
        model: 'gpt-5-mini',
        responseModel: span?.attributes['gen_ai.response.model'],
        provider: 'openai',
        serverAddress: '127.0.0.1',
        serverPort: Number(new URL(mock?.url ?? '').port),
        streamed: false,
        trace_id: span?.spanContext().traceId,
        span_id: span?.spanContext().spanId,
        trace_flags: '01',
        requestId: request?.requestId,
        responseId: span?.attributes['gen_ai.response.id'],
        statusCode: 200,
        startTime: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        durationMs: expect.any(Number),
        attempts: 2,
        backoffMs: expect.any(Number),
        inputTokens: request?.usage?.inputTokens,
        cachedInputTokens: 0,
        outputTokens: request?.usage?.outputTokens,
        reasoningTokens: request?.usage?.reasoningTokens,
        usageSource: 'provider',
        costUsd: span?.attributes['telltale.cost.usd'],
        finishReasons: ['stop'],
      },
    });
    const { durationMs, backoffMs } = log.only.fields;
    expect(backoffMs).toBeGreaterThanOrEqual(4);
    expect(durationMs).toBeGreaterThan(backoffMs);
  });

  it('counts time by the clock: when it began, how long it took, when the first chunk came', async () => {
    const log = new LineBook();
    const openai = await start(
      {},
      { log, clock: { ...systemClock, nowMs: ticks(1_000.5), epochMs: () => 1e12 } },
    );
    for await (const _ of await openai.chat.completions.create({ ...question, stream: true }));
    const { startTime, durationMs, firstChunkMs = 0, chunks } = log.only.fields;
    expect(durationMs % 0.5).toBe(0);
    expect(Date.parse(startTime)).toBe(1e12 - durationMs - (durationMs % 1));
    expect(firstChunkMs).toBeGreaterThan(0);
    expect(firstChunkMs).toBeLessThan(durationMs);
    expect(chunks).toBeGreaterThan(1);
  });

  it('is silent about what is not known', async () => {
    const log = new LineBook();
    const openai = await start({}, { log });
    await openai.models.list();
    const { fields, message } = log.only;
    expect(message).toBe('GET /models: ok');
    expect(fields).toMatchObject({ outcome: 'ok', operation: 'GET /models', usageSource: 'unknown' });
    const unknown = [
      'model',
      'responseModel',
      'inputTokens',
      'outputTokens',
      'costUsd',
      'trace_id',
      'firstChunkMs',
    ];
    for (const name of unknown) expect(fields).not.toHaveProperty(name);
    expect(Object.values(fields)).not.toContain(undefined);
    expect(Object.values(fields)).not.toContain(null);
  });

  it('carries the trace of the caller where calls have no spans of their own', async () => {
    const log = new LineBook();
    const openai = await start({}, { log });
    stopAfterwards(registerTracing());
    trace.disable();
    const caller = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 0 };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, caller), () => openai.models.list());
    expect(log.only.fields).toMatchObject({
      trace_id: caller.traceId,
      span_id: caller.spanId,
      trace_flags: '00',
    });
  });

  it('says nothing of what was said, not even where the provider repeats it in an error', async () => {
    const log = new LineBook();
    const logging = stopAfterwards(registerLogs());
    const echo = JSON.stringify({
      error: {
        message: 'Invalid prompt: my-secret',
        type: 'my-secret',
        code: 'my-secret',
        param: 'my-secret',
      },
    });
    const openai = observe(
      new OpenAI({
        apiKey: 'sk-secret-key',
        baseURL: 'http://127.0.0.1:1',
        maxRetries: 0,
        fetch: async () =>
          new Response(echo, { status: 400, headers: { 'content-type': 'application/json' } }),
      }),
      { log },
    );
    const content = [{ role: 'user' as const, content: 'my-secret' }];
    await openai.chat.completions
      .create({ ...question, messages: content, user: 'my-secret' })
      .catch(() => {});
    const [record] = logging.records();
    const said = JSON.stringify([log.lines, record?.body, record?.attributes]);
    expect(said).toContain('HTTP 400');
    expect(said).not.toContain('my-secret');
    expect(said).not.toContain('sk-secret-key');
  });

  it('of a call that failed is an error with type and code', async () => {
    const log = new LineBook();
    const openai = await start(
      { schedule: [{ forMs: 60_000, faults: [{ status: 429, rate: 1 }] }] },
      { log },
    );
    await openai.chat.completions.create(question, { maxRetries: 0 }).catch(() => {});
    expect(log.only).toMatchObject({
      level: 'error',
      message: 'chat gpt-5-mini: error',
      fields: {
        errorType: 'rate_limit_exceeded',
        errorMessage: 'HTTP 429, type requests, code rate_limit_exceeded',
        statusCode: 429,
      },
    });
  });

  it('of an answer without content says what to change', async () => {
    const log = new LineBook();
    const openai = await start({}, { log });
    await openai.chat.completions.create({ ...question, max_completion_tokens: 3 });
    expect(log.only).toMatchObject({
      level: 'warn',
      fields: {
        outcome: 'empty',
        hint: 'The whole allowance went into reasoning: raise `max_completion_tokens`, or lower `reasoning_effort`.',
      },
    });
  });
});

it('a logger is the same option when it is the same object, whatever it holds', () => {
  const log = Object.assign(new LineBook(), { parent: undefined as unknown });
  log.parent = log;
  const openai = observe(new OpenAI({ apiKey: 'k' }), { log });
  expect(observe(openai, { log })).toBe(openai);
  expect(() => observe(openai, { log: new LineBook() })).toThrow('already observed with other options');
});

describe('where nobody is logging', () => {
  it('nothing is done for a call, and its span leaves nothing behind', () => {
    const callLog = createCallLog({ log: undefined, clock: systemClock, report: () => {} });
    const call = exampleCall();
    expect(callLog.isOn()).toBe(false);
    expect(callLog.observer(call)).toBeUndefined();
  });

  it('nor where a provider of logs is registered to which nothing listens', () => {
    logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [] }));
    const callLog = createCallLog({ log: undefined, clock: systemClock, report: () => {} });
    expect(callLog.isOn()).toBe(false);
    expect(callLog.observer(exampleCall())).toBeUndefined();
  });

  it('the context of a span is not kept', async () => {
    stopAfterwards(registerTracing());
    const openai = await start();
    const calls: object[] = [];
    telltale(openai).on('call', (call) => calls.push(call));
    await openai.models.list();
    expect(calls.map((call) => contextOfCall.get(call))).toEqual([undefined]);
  });
});

describe('the log record of a call', () => {
  let logging: ReturnType<typeof registerLogs>;
  beforeEach(() => {
    logging = stopAfterwards(registerLogs());
  });

  it('has the conventions’ names, a severity, and the context of the call’s span', async () => {
    const tracing = stopAfterwards(registerTracing());
    // The SDK has registered a provider of logs of its own.
    await logging.stop();
    logging = stopAfterwards(registerLogs());
    const openai = await start();
    await openai.chat.completions.create(question);
    const span = tracing.spans.getFinishedSpans().find(({ name }) => name === 'chat gpt-5-mini');
    const [record, ...others] = logging.records();
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      eventName: 'telltale.call',
      severityNumber: SeverityNumber.INFO,
      severityText: 'INFO',
      body: 'chat gpt-5-mini: ok',
      spanContext: { traceId: span?.spanContext().traceId, spanId: span?.spanContext().spanId },
      instrumentationScope: { name: 'telltale' },
    });
    const {
      'telltale.duration.ms': durationMs,
      'telltale.backoff.ms': backoffMs,
      'telltale.request_id': requestId,
      'http.response.status_code': status,
      ...shared
    } = record?.attributes ?? {};
    expect(durationMs).toBeGreaterThan(0);
    expect(backoffMs).toBe(0);
    expect([requestId, status]).toEqual([mock?.ledger()[0]?.requestId, 200]);
    // All the others are the span's, to the letter.
    expect(span?.attributes).toMatchObject(shared);
    expect(Object.keys(shared).length).toBeGreaterThan(12);
  });

  it('is written besides the line, and where no span is', async () => {
    const log = new LineBook();
    const openai = await start({}, { log });
    await openai.models.list();
    expect(log.lines).toHaveLength(1);
    expect(logging.records()).toHaveLength(1);
    expect(logging.records()[0]?.spanContext).toBeUndefined();
  });

  it('goes to the provider that is registered when the call starts', async () => {
    const openai = await start();
    await openai.models.list();
    const before = logging.records().length;
    await logging.stop();
    await openai.models.list();
    const later = stopAfterwards(registerLogs());
    await openai.models.list();
    expect([before, later.records().length]).toEqual([1, 1]);
  });

  it('is not put together where nothing takes one of its severity', async () => {
    await logging.stop();
    const emitted: unknown[] = [];
    const enabled = ({ severityNumber = 24 }: { severityNumber?: number } = {}): boolean =>
      severityNumber >= 13;
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: ({ body }) => emitted.push(body), enabled }) });
    const openai = await start();
    await openai.models.list();
    await openai.models.retrieve('no-such-model').catch(() => {});
    expect(emitted).toEqual(['GET /models/{model}: error']);
  });

  it.each([
    ['cancelled', SeverityNumber.WARN],
    ['error', SeverityNumber.ERROR],
  ] as const)('of one that ended as %s is more severe', async (outcome, severity) => {
    const openai = await start({ schedule: [{ forMs: 60_000, faults: [{ status: 500, rate: 1 }] }] });
    const signal = outcome === 'cancelled' ? AbortSignal.abort() : undefined;
    await openai.chat.completions.create(question, { maxRetries: 0, signal }).catch(() => {});
    const [record] = logging.records();
    expect([record?.severityNumber, record?.attributes['telltale.outcome']]).toEqual([severity, outcome]);
  });
});

describe('what fails while logging is said once and never felt:', () => {
  const broken = {
    'a logger that throws': { info: fail, warn: fail, error: fail },
    'a logger that rejects': { info: reject, warn: reject, error: reject },
  } satisfies Record<string, CallLogger>;

  it.each(Object.entries(broken))('%s', async (_name, log) => {
    const openai = await start({}, { log });
    const logging = stopAfterwards(registerLogs());
    const warnings = await warningsDuring(async () => {
      for (let call = 0; call < 3; call++)
        expect((await openai.chat.completions.create(question)).object).toBe('chat.completion');
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^The logger given as `log` failed and is ignored: Error at .*\. The call itself is not affected\.$/,
      ),
    ]);
    expect(logging.records()).toHaveLength(3);
  });

  it.each([
    ['a provider that throws', { getLogger: fail }],
    ['a logger of OpenTelemetry’s that throws', { getLogger: () => ({ emit: fail, enabled: () => true }) }],
    ['one that throws when it is asked', { getLogger: () => ({ emit: () => {}, enabled: fail }) }],
  ])('%s', async (_name, provider) => {
    logs.setGlobalLoggerProvider(provider);
    const log = new LineBook();
    const openai = await start({}, { log });
    const warnings = await warningsDuring(async () => {
      for (let call = 0; call < 3; call++)
        expect((await openai.chat.completions.create(question)).object).toBe('chat.completion');
    });
    expect(warnings).toEqual([
      expect.stringMatching(
        /^OpenTelemetry's logging failed and is ignored: Error at .*\. The call itself is not affected\.$/,
      ),
    ]);
    expect(log.lines).toHaveLength(3);
  });

  it('words for an error that cannot be found', () => {
    const log = new LineBook();
    const reports: string[] = [];
    const callLog = createCallLog({
      log,
      clock: systemClock,
      report: (where) => reports.push(where),
      errorMessage: fail,
    });
    const call = { ...exampleCall(), outcome: 'error' as const };
    callLog.observer(call)?.ended?.(call);
    expect(reports).toEqual(['Putting an error into words']);
    expect(log.only.fields).not.toHaveProperty('errorMessage');
  });
});

it('the words for an error are whatever the one who knows how to redact gives', () => {
  const log = new LineBook();
  const callLog = createCallLog({
    log,
    clock: systemClock,
    report: () => {},
    errorMessage: (call) => `redacted ${(call.error as Error).message.length}`,
  });
  const call = { ...exampleCall(), outcome: 'error' as const, error: new Error('secret') };
  callLog.observer(call)?.ended?.(call);
  expect(log.only.fields.errorMessage).toBe('redacted 6');
});

function fail(): never {
  throw new Error('the disk is full');
}

async function reject(): Promise<never> {
  fail();
}

/** A clock that goes on by `stepMs` each time it is read. */
function ticks(stepMs: number): () => number {
  let nowMs = 0;
  return () => {
    nowMs += stepMs;
    return nowMs;
  };
}
