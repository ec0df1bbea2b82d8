/**
 * The gateway of the stack's profile `demo`: a small service on the wrapped client, which also makes calls of its own so that
 * there is something to look at. `POST /ask` with a question as its body answers it; `GET /healthz` says whether it is well.
 *
 * Variables: `HOST`, `PORT`, `CALLS_PER_SECOND`, `REDIS_URL` (limits shared through it), `OPENAI_BASE_URL`, `OPENAI_API_KEY`, and
 * OpenTelemetry's own.
 */
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { callWith, observe, TelltaleError, telltale } from '../../src/index.ts';
import { redisStore } from '../../src/limiter.ts';
import { strangerProblem } from '../../src/mock/control-guard.ts';
import { start } from '../../src/node/index.ts';

const { HOST = '127.0.0.1', REDIS_URL } = process.env;
const port = numberIn('PORT', '8080', 0, 65_535);
const callsPerSecond = numberIn('CALLS_PER_SECOND', '3', 0, 100);

const sdk = start({ metricIntervalMs: 5_000, scheduledDelayMs: 1_000, handleSignals: false });
const redis = REDIS_URL ? new Redis(REDIS_URL, { maxRetriesPerRequest: 1 }) : undefined;
const openai = observe(new OpenAI(), {
  limits: [{ requests: 240, per: 'minute', burst: 20 }],
  ...(redis && { store: redisStore(redis, { key: 'telltale-demo' }) }),
  queue: { maxWaitMs: 20_000 },
  retry: { maxAttempts: 4 },
  breaker: {},
  budget: { usd: 1, per: 'day', onExceeded: 'allow' },
  alerts: {},
});

const questions = [
  'Why is the sky blue?',
  'Who was Ada Lovelace?',
  'What is a span?',
  'How far is the moon?',
];
const models = ['gpt-5-mini', 'gpt-4.1-mini'];
let asked = 0;

async function ask(question: string): Promise<string> {
  const model = models[asked++ % models.length] ?? 'gpt-5-mini';
  return callWith({ user: `u-${asked % 7}`, tags: { feature: 'demo' } }, async () => {
    const completion = await openai.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
      max_completion_tokens: 400,
    });
    return completion.choices[0]?.message.content ?? '';
  });
}

async function streamed(question: string): Promise<void> {
  const stream = await openai.chat.completions.create({
    model: 'gpt-4.1-mini',
    messages: [{ role: 'user', content: question }],
    max_completion_tokens: 400,
    stream: true,
  });
  for await (const _ of stream);
}

const service = createServer(async (request, response) => {
  const stranger = strangerProblem(request, HOST, 'The gateway');
  if (stranger !== undefined) {
    response.writeHead(403).end(`${stranger}\n`);
    return;
  }
  if (request.url === '/healthz') {
    const health = telltale(openai).health();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(health));
    return;
  }
  if (request.method !== 'POST' || request.url !== '/ask') {
    response.writeHead(404).end('POST /ask with a question as its body.\n');
    return;
  }
  try {
    let question = '';
    for await (const piece of request.setEncoding('utf8')) question = (question + piece).slice(0, 4_000);
    response.end(await ask(question));
  } catch (error) {
    // Come again later, where it is a matter of limits; else what is behind the gateway is at fault, also for a wrong key.
    const isFull =
      error instanceof TelltaleError || (error instanceof OpenAI.APIError && error.status === 429);
    response.writeHead(isFull ? 503 : 502).end('There is no answer; its trace says why.\n');
  }
});
service.listen(port, HOST, () => console.log(JSON.stringify({ ready: true, address: service.address() })));

// Whatever becomes of these calls is told by their telemetry.
const calling =
  callsPerSecond === 0
    ? undefined
    : setInterval(() => {
        const question = questions[asked % questions.length] ?? '';
        void (asked % 4 === 3 ? streamed(question) : ask(question)).catch(() => {});
        if (asked % 4 === 3) asked++;
      }, 1_000 / callsPerSecond);

for (const name of ['SIGTERM', 'SIGINT'] as const) {
  process.once(name, async () => {
    clearInterval(calling);
    service.close();
    await telltale(openai).close({ waitMs: 5_000 });
    await sdk.shutdown();
    redis?.disconnect();
    process.exit(0);
  });
}

function numberIn(name: string, fallback: string, least: number, most: number): number {
  const text = process.env[name] || fallback;
  const number = Number(text);
  if (Number.isFinite(number) && number >= least && number <= most) return number;
  console.error(`Expected ${name} to be a number from ${least} to ${most}, got \`${text}\`.`);
  return process.exit(2);
}
