/**
 * `npm run demo`: one call meets a 429, backs off and succeeds; its span tree, tokens and cost are printed.
 * No key, no collector: the provider is Telltale's own mock, and the spans are kept in memory.
 */
import { NodeSDK } from '@opentelemetry/sdk-node';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace';
import OpenAI from 'openai';
import { observe, telltale } from '../src/index.ts';
import { startMock } from '../src/mock/index.ts';

const spans = new InMemorySpanExporter();
const sdk = new NodeSDK({
  serviceName: 'demo',
  spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  metricReaders: [],
  logRecordProcessors: [],
});
sdk.start();

// For the first 300 ms every request is turned away with a 429 that asks for half a second.
const mock = await startMock({
  seed: 1,
  schedule: [{ name: 'storm', forMs: 300, faults: [{ status: 429, rate: 1, retryAfterMs: 500 }] }],
});

const openai = observe(new OpenAI({ apiKey: 'no key is needed here', baseURL: mock.url }));
const completion = await openai.chat.completions.create({
  model: 'gpt-5-mini',
  messages: [{ role: 'user', content: 'Why does a call need more than one span?' }],
});

console.log(`answer  ${JSON.stringify(completion.choices[0]?.message.content?.slice(0, 60))}\n`);
printTree(spans.getFinishedSpans());
const { tokens, cost } = telltale(openai).stats();
console.log(
  `\ntokens  ${tokens.input.sum} in, ${tokens.output.sum} out (${tokens.reasoning.sum} of them reasoning)`,
);
console.log(`cost    $${cost.usd.toFixed(6)}`);

await mock.close();
await sdk.shutdown();

function printTree(all: readonly ReadableSpan[]): void {
  const root = all.find((span) => span.parentSpanContext === undefined);
  if (!root) return;
  const children = all
    .filter((span) => span.parentSpanContext?.spanId === root.spanContext().spanId)
    .sort((a, b) => startMs(a) - startMs(b));
  console.log(line(root, root));
  children.forEach((child, index) => {
    console.log(`${index === children.length - 1 ? '└─' : '├─'} ${line(child, root)}`);
  });
}

function line(span: ReadableSpan, root: ReadableSpan): string {
  const { attributes } = span;
  const shown = [
    'telltale.outcome',
    'telltale.attempts',
    'http.response.status_code',
    'http.request.resend_count',
    'telltale.wait.rule',
  ]
    .filter((name) => attributes[name] !== undefined)
    .map((name) => `${name.replace(/^.*\./, '')}=${String(attributes[name])}`);
  const [seconds, nanos] = span.duration;
  const name = span === root ? span.name.padEnd(29) : span.name.padEnd(26);
  const ms = (value: number) => `${value.toFixed(0)} ms`.padStart(7);
  return `${name} from ${ms(startMs(span) - startMs(root))}  took ${ms(seconds * 1000 + nanos / 1e6)}  ${shown.join(' ')}`;
}

function startMs(span: ReadableSpan): number {
  return span.startTime[0] * 1000 + span.startTime[1] / 1e6;
}
