/** Calls of an invented but plausible load test, simulated attempt by attempt from a seed. */
import type { Phase } from '../../../loadtest/report/model.ts';

export interface ExampleAttempt {
  readonly fromMs: number;
  readonly toMs: number;
  readonly status: number;
}

export interface ExampleCall {
  readonly id: string;
  readonly kind: 'json' | 'stream';
  readonly model: string;
  readonly phase: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly attempts: readonly ExampleAttempt[];
  readonly ok: boolean;
  readonly firstChunkMs: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

interface ExamplePhase extends Phase {
  readonly status: number;
  readonly rate: number;
  readonly retryAfterMs: number;
}

export const EXAMPLE_PHASES: readonly ExamplePhase[] = [
  { name: 'calm', faults: '', fromMs: 0, toMs: 15_000, status: 200, rate: 0, retryAfterMs: 0 },
  {
    name: '429 storm',
    faults: '429 on 60 % of requests, Retry-After 1 s',
    fromMs: 15_000,
    toMs: 30_000,
    status: 429,
    rate: 0.6,
    retryAfterMs: 1000,
  },
  {
    name: '503 brownout',
    faults: '503 on 30 % of requests, no Retry-After',
    fromMs: 30_000,
    toMs: 45_000,
    status: 503,
    rate: 0.3,
    retryAfterMs: 0,
  },
  { name: 'calm again', faults: '', fromMs: 45_000, toMs: 60_000, status: 200, rate: 0, retryAfterMs: 0 },
];

const MODELS = ['gpt-5-mini', 'gpt-5-mini', 'gpt-5-mini', 'gpt-5', 'gpt-4o-mini'] as const;
const MOST_ATTEMPTS = 3;

/** Mulberry32: small, seeded and good enough to invent figures with. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function phaseAt(ms: number): ExamplePhase | undefined {
  return EXAMPLE_PHASES.find((phase) => ms >= phase.fromMs && ms < phase.toMs);
}

/** 100 JSON calls and 30 streams a second for a minute: 7,800 calls. */
export function exampleCalls(seed: number): readonly ExampleCall[] {
  const random = seededRandom(seed);
  const starts = [
    ...Array.from({ length: 6000 }, (_, index) => ({ kind: 'json' as const, fromMs: index * 10 })),
    ...Array.from({ length: 1800 }, (_, index) => ({ kind: 'stream' as const, fromMs: (index * 100) / 3 })),
  ].sort((a, b) => a.fromMs - b.fromMs);
  return starts.map(({ kind, fromMs }, index) => oneCall(`c-${index + 1}`, kind, fromMs, random));
}

function oneCall(id: string, kind: ExampleCall['kind'], fromMs: number, random: () => number): ExampleCall {
  // A log-normal shape: most calls near the median, a few far above it.
  const spread = () => Math.exp((random() + random() + random() - 1.5) * 0.8);
  const attempts: ExampleAttempt[] = [];
  let atMs = fromMs + 1 + random() * 2;
  let firstChunkMs = 0;
  for (let number = 1; number <= MOST_ATTEMPTS; number++) {
    const phase = phaseAt(atMs);
    const refused = phase !== undefined && random() < phase.rate;
    if (!refused) {
      firstChunkMs = 180 * spread();
      const tookMs = kind === 'stream' ? firstChunkMs + 620 * spread() : 240 * spread();
      attempts.push({ fromMs: atMs, toMs: atMs + tookMs, status: 200 });
      break;
    }
    const answeredMs = atMs + 4 + random() * 6;
    attempts.push({ fromMs: atMs, toMs: answeredMs, status: phase.status });
    const backoffMs = phase.retryAfterMs || 500 * 2 ** (number - 1) * (0.75 + random() * 0.25);
    atMs = answeredMs + backoffMs;
  }
  const last = attempts.at(-1) ?? { fromMs, toMs: fromMs, status: 500 };
  const ok = last.status === 200;
  const inputTokens = ok ? 180 + Math.floor(random() * 400) : 0;
  const outputTokens = ok ? 90 + Math.floor(random() * 260) : 0;
  return {
    id,
    kind,
    model: MODELS[Math.floor(random() * MODELS.length)] ?? MODELS[0],
    phase: phaseAt(fromMs)?.name ?? 'calm again',
    fromMs,
    toMs: last.toMs + 1 + random(),
    attempts,
    ok,
    firstChunkMs: last.fromMs - fromMs + firstChunkMs,
    inputTokens,
    cachedTokens: Math.floor(inputTokens * 0.25),
    outputTokens,
    reasoningTokens: Math.floor(outputTokens * 0.3),
  };
}
