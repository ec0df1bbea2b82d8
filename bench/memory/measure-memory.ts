import { setTimeout as sleep } from 'node:timers/promises';
import { context, SpanKind, trace } from '@opentelemetry/api';
import OpenAI from 'openai';
import { type ObserveOptions, observe, telltale } from '../../src/index.ts';
import { openTelemetrySink } from '../floor/open-telemetry.ts';
import { clientOptions, request } from '../subjects.ts';
import { type HeldProvider, heldProvider } from './held-provider.ts';

/**
 * Who makes the calls. `bare, SDK, its spans`: the bare client, within two spans made by hand such as an observed call has
 * open: what the SDK keeps of these is nobody's to save.
 */
export const subjects = [
  'bare',
  'bare, SDK, its spans',
  'observed',
  'observed, SDK',
  'observed, SDK, all options',
] as const;
export type Subject = (typeof subjects)[number];
/** What a call does while its memory is looked at. */
export const states = ['in flight', 'in a stream', 'waiting for a limit'] as const;
export type State = (typeof states)[number];

export interface Order {
  readonly subject: Subject;
  readonly state: State;
  readonly calls: number;
}

export interface Figures {
  /** Heap for each open call, after a collection. */
  readonly bytesPerCall: number;
  /** Heap that is still there for each of them when all have ended. */
  readonly bytesLeftPerCall: number;
}

const warmUpCalls = 500;
const minuteMs = 60_000;

/** Needs `node --expose-gc`, and a process of its own. */
export async function measureMemory(order: Order): Promise<Figures> {
  const { subject, state, calls } = order;
  const sdk = subject.includes('SDK') ? openTelemetrySink() : undefined;
  const end = async ({ client, provider }: Stage, open: readonly Promise<void>[]): Promise<void> => {
    // Those that wait for a limit are refused.
    if (state === 'waiting for a limit') await telltale(client).close();
    provider.letGo();
    await Promise.all(open);
    await sdk?.drain();
  };
  // Code, shapes and instruments are there before anything is counted.
  const first = openStage(subject, state);
  await end(first, await begin(first, order, warmUpCalls));
  const stage = openStage(subject, state);
  const before = await heapBytes();
  let open = await begin(stage, order, calls);
  const during = await heapBytes();
  await end(stage, open);
  open = [];
  const after = await heapBytes();
  return { bytesPerCall: (during - before) / calls, bytesLeftPerCall: (after - before) / calls };
}

interface Stage {
  readonly client: OpenAI;
  readonly provider: HeldProvider;
}

function openStage(subject: Subject, state: State): Stage {
  const provider = heldProvider(state === 'in a stream');
  const bare = new OpenAI({ ...clientOptions(provider.fetch), maxRetries: 0, timeout: 30 * minuteMs });
  if (subject === 'bare' || subject === 'bare, SDK, its spans') return { client: bare, provider };
  const { deadlineMs, ...others } = allOptions;
  const client = observe(bare, {
    ...(subject === 'observed, SDK, all options' && others),
    // It would refuse at once what has to wait for longer.
    ...(subject === 'observed, SDK, all options' && state !== 'waiting for a limit' && { deadlineMs }),
    ...(state === 'waiting for a limit' && {
      limits: [{ requests: 1, per: 'day' }],
      queue: { maxWaiting: 1_000_000 },
    }),
  });
  return { client, provider };
}

const allOptions = {
  content: 'redacted' as const,
  log: { info: () => {}, warn: () => {}, error: () => {} },
  limits: [{ requests: 1_000_000_000, per: 'minute' as const }],
  breaker: {},
  retry: { maxAttempts: 3 },
  deadlineMs: 20 * minuteMs,
  budget: { usd: 1_000_000, per: 'day' as const },
  alerts: {},
  audit: {},
} satisfies ObserveOptions;

/** Resolves when all of them are where they are to be looked at. */
async function begin(
  { client, provider }: Stage,
  { subject, state }: Order,
  calls: number,
): Promise<Promise<void>[]> {
  let reading = 0;
  const read = (): void => {
    reading += 1;
  };
  const one = (): Promise<void> => (state === 'in a stream' ? readStream(client, read) : ask(client));
  const open = Array.from(
    { length: calls },
    subject === 'bare, SDK, its spans' ? () => withinSpans(one) : one,
  );
  const ready = (): number => {
    if (state === 'in a stream') return reading;
    if (state === 'in flight') return provider.arrived();
    return (telltale(client).limits()?.waiting.medium ?? 0) + 1;
  };
  while (ready() < calls) await sleep(5);
  return open;
}

/** The spans, and what they say when they start, are those of an observed call. */
async function withinSpans(work: () => Promise<void>): Promise<void> {
  const tracer = trace.getTracer('floor');
  const server = { 'server.address': '127.0.0.1', 'server.port': 1 };
  const call = tracer.startSpan(`chat ${request.model}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': request.model,
      'openai.api.type': 'chat_completions',
      ...server,
    },
  });
  const ofCall = trace.setSpan(context.active(), call);
  const attempt = tracer.startSpan(
    'POST /chat/completions',
    {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': 'POST',
        'url.template': '/chat/completions',
        ...server,
      },
    },
    ofCall,
  );
  await context.with(trace.setSpan(ofCall, attempt), work);
  attempt.end();
  call.end();
}

async function ask(client: OpenAI): Promise<void> {
  await client.chat.completions.create(request).catch(ignoreRefusal);
}

async function readStream(client: OpenAI, readFirst: () => void): Promise<void> {
  const stream = await client.chat.completions.create({ ...request, stream: true });
  let isFirst = true;
  for await (const _chunk of stream) {
    if (isFirst) readFirst();
    isFirst = false;
  }
}

function ignoreRefusal(error: unknown): void {
  const { cause } = error as { cause?: { code?: unknown } };
  if (cause?.code !== 'limiter_closed') throw error;
}

async function heapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('Memory is measured under `node --expose-gc`.');
  // What is given up in one collection may hold what only the next one finds.
  for (let time = 0; time < 4; time++) {
    await sleep(20);
    gc();
  }
  return process.memoryUsage().heapUsed;
}
