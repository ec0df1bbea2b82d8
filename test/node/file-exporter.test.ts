import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BatchSpanProcessor,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { observe } from '../../src/index.ts';
import { fileSpanExporter, type StartOptions, start, type TelltaleSdk } from '../../src/node/index.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import { spansIn } from './trace-file/read-lines.ts';

let folder: string;
let receiver: StandIn;
let sdk: TelltaleSdk | undefined;
const warnings: string[] = [];
const listen = (warning: Error): void => void warnings.push(warning.message);

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'telltale-start-'));
  receiver = await startStandIn();
  warnings.length = 0;
  process.on('warning', listen);
});

afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  process.off('warning', listen);
  vi.unstubAllEnvs();
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const traces = (): string => path.join(folder, 'traces');

async function callWith(options: StartOptions): Promise<TelltaleSdk> {
  sdk = start(options);
  const openai = observe(new OpenAI({ apiKey: 'k', baseURL: receiver.url }));
  await openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hi' }] });
  await sdk.flush();
  return sdk;
}

describe('start with files', () => {
  test('alone writes the spans of a call and sends nothing', async () => {
    const running = await callWith({ file: traces() });
    expect(
      spansIn(traces())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['POST /chat/completions', 'chat gpt-5-mini']);
    expect(receiver.exports).toEqual([]);
    expect(running.exporter.figures()).toMatchObject({
      traces: { state: 'ok', dropped: 0 },
      metrics: { state: 'off' },
      logs: { state: 'off' },
    });
    expect(warnings).toEqual([]);
  });

  test('beside an endpoint writes what it sends', async () => {
    await callWith({ file: traces(), endpoint: receiver.url });
    const ids = receiver.spans.map(({ spanId }) => spanId).sort();
    expect(ids).toHaveLength(2);
    expect(
      spansIn(traces())
        .map(({ spanId }) => spanId)
        .sort(),
    ).toEqual(ids);
  });

  test('by the variable alone', async () => {
    vi.stubEnv('TELLTALE_TRACE_DIRECTORY', traces());
    await callWith({});
    expect(spansIn(traces())).toHaveLength(2);
  });

  test('that cannot be written warns once, and the application does not feel it', async () => {
    writeFileSync(traces(), 'a file where the folder should be');
    const running = await callWith({ file: traces() });
    trace.getTracer('test').startSpan('more').end();
    await running.flush();
    await vi.waitFor(() => expect(warnings).toHaveLength(1));
    expect(warnings[0]).toContain('Traces could not be written to');
    expect(running.exporter.figures().traces).toMatchObject({ state: 'failing', dropped: 3 });
  });
});

describe('the exporter in an SDK of one’s own', () => {
  test('writes spans of simple and of batching processors, whole', async () => {
    const directory = traces();
    // The SDK's own type takes it.
    const exporter: SpanExporter = fileSpanExporter({ directory });
    const provider = new TracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor({ exporter }),
        new BatchSpanProcessor({ exporter: fileSpanExporter({ directory }) }),
      ],
    });
    const span = provider.getTracer('theirs').startSpan('work', { attributes: { list: ['a'], half: 0.5 } });
    span.addEvent('event', { yes: true });
    span.addLink({ context: span.spanContext() });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
    span.end();
    expect(existsSync(directory)).toBe(false);
    await provider.shutdown();
    const [one, other] = spansIn(directory);
    expect(one).toMatchObject({
      name: 'work',
      attributes: [
        { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }] } } },
        { key: 'half', value: { doubleValue: 0.5 } },
      ],
      events: [{ name: 'event', attributes: [{ key: 'yes', value: { boolValue: true } }] }],
      links: [{ traceId: span.spanContext().traceId }],
      status: { code: 2, message: 'no' },
    });
    expect(other).toEqual(one);
    expect(spansIn(directory)).toHaveLength(2);
  });

  test('says what is wrong with its options', () => {
    expect(() => fileSpanExporter({ maxFiles: 0.5 })).toThrow(
      'Expected `options.maxFiles` to be a positive integer, got `0.5` (number)',
    );
  });
});
