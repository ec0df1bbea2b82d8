/**
 * What is left of a call, and where: one question with marks in it (a key, a user, an e-mail address, …) goes through
 * everything that keeps or tells something, and then all of it is searched for the marks. docs/security.md has the table.
 * It ends with 1 where the API key is anywhere. Redis is looked at where `REDIS_URL` names one for trying things out, or
 * `redis-server` is installed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { openRedis } from '../loadtest/redis.ts';
import {
  callWith,
  fileAuditStore,
  fileBudgetStore,
  type ObserveOptions,
  observe,
  redisBudgetStore,
  telltale,
} from '../src/index.ts'; // in your code: 'telltale'
import { redisStore } from '../src/limiter.ts'; // in your code: 'telltale/limiter'
import { startMock } from '../src/mock/index.ts'; // in your code: 'telltale/mock'
import { start } from '../src/node/index.ts'; // in your code: 'telltale/node'
import { backgroundJobs, conversation, fileRecords, redisRecords } from '../src/patterns/index.ts'; // in your code: 'telltale/patterns'

const marks = {
  key: 'sk-proj-Firecrest0123456789',
  user: 'u-42-marta',
  tag: 'tag-sonar',
  asked: 'Kestrel',
  'e-mail in it': 'marta@example.com',
  answered: 'Nuthatch',
};
const rows: string[][] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'telltale-kept-'));
const mock = await startMock({ answers: [{ answer: `${marks.answered} has the watch.` }] });

// A receiver of OTLP that keeps the bytes, as they would leave the machine.
const received = new Map<string, string>();
const receiver = createServer((request, response) => {
  const url = request.url ?? '';
  request
    .setEncoding('utf8')
    .on('data', (text: string) => received.set(url, (received.get(url) ?? '') + text));
  request.on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
}).listen(0, '127.0.0.1');
await new Promise((resolve) => receiver.once('listening', resolve));
const sdk = start({
  endpoint: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`,
  serviceName: 'kept',
});
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

const client = (options: ObserveOptions) =>
  observe(new OpenAI({ apiKey: marks.key, baseURL: mock.url, maxRetries: 0 }), options);
const request = {
  model: 'gpt-5-mini',
  input: `${marks.asked} writes to ${marks['e-mail in it']}`,
  max_output_tokens: 500,
};
const said = { user: marks.user, tags: { feature: marks.tag } };

// Everything that counts, with what was said left out, which is the default.
const lines: unknown[] = [];
const log = {
  info: (...line: unknown[]) => lines.push(line),
  warn: (...line: unknown[]) => lines.push(line),
  error: (...line: unknown[]) => lines.push(line),
};
const scopes: ObserveOptions = {
  limits: [{ requests: 1_000, per: 'minute', scope: 'user' }],
  budget: [
    { usd: 1, per: 'day', scope: 'user' },
    { usd: 1, per: 'day', tag: 'feature' },
  ],
};
const budgetStore = fileBudgetStore(path.join(folder, 'budget.journal'));
const plain = client({
  ...scopes,
  log,
  alerts: {},
  breaker: {},
  retry: {},
  audit: { store: fileAuditStore(path.join(folder, 'audit')) },
  budgetStore,
});
await callWith(said, () => plain.responses.create(request));
const refused = new OpenAI({ apiKey: marks.key, baseURL: `${mock.url}/nowhere`, maxRetries: 0 });
await callWith(said, () => observe(refused, { log }).responses.create(request)).catch(() => {});
await telltale(plain).close();
await budgetStore.close?.();
await showTelemetry('');
show('log lines', JSON.stringify(lines));
show('health() and stats()', JSON.stringify([telltale(plain).health(), telltale(plain).stats()]));
showFiles('audit', 'audit');
showFiles('budget file', '', /^budget/);

const hashed = client({
  audit: { store: fileAuditStore(path.join(folder, 'hashed')), hashUsersWith: 'a key of sixteen or more' },
});
await callWith(said, () => hashed.responses.create(request));
await telltale(hashed).close();
await sdk.flush();
received.clear();
showFiles('audit, hashUsersWith', 'hashed');

for (const content of ['redacted', 'full'] as const) {
  await callWith(said, () => client({ content }).responses.create(request));
  await showTelemetry(`, content: '${content}'`);
}

// What the patterns keep, to go on after a restart.
const openai = client({});
const store = fileRecords(path.join(folder, 'records'));
await (await conversation({ client: openai, id: marks.user, model: request.model, store })).send(
  request.input,
);
await sdk.flush();
show('traces of a conversation', received.get('/v1/traces') ?? '');
const jobs = backgroundJobs({ client: openai, store, delaysMs: [10] });
await (await jobs.start({ ...request }, { id: 'report-7' })).done;
await jobs.close();
showFiles('records: conversation', 'records', /^conversation/);
showFiles('records: background job', 'records', /^job%2f/);

const server = await openRedis(process.env).catch(() => undefined);
if (server) await showRedis(server.url, server.key);
else console.log('No Redis here, so what it would hold is not shown.');
await server?.stop();

show("the mock's ledger", JSON.stringify(mock.ledger()));
show('warnings of the process', warnings.join('\n'));
await sdk.shutdown();
receiver.close();
await mock.close();
rmSync(folder, { recursive: true });

const headings = ['', 'mode', 'bytes', ...Object.keys(marks)];
const widths = headings.map((heading, at) =>
  Math.max(heading.length, ...rows.map((row) => row[at]?.length ?? 0)),
);
for (const row of [headings, ...rows])
  console.log(
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
if (rows.some(([, , , key]) => key !== '-')) process.exitCode = 1;

function show(where: string, text: string, mode = ''): void {
  rows.push([
    where,
    mode,
    `${text.length}`,
    ...Object.values(marks).map((mark) => (text.includes(mark) ? 'yes' : '-')),
  ]);
}

async function showTelemetry(how: string): Promise<void> {
  await sdk.flush();
  for (const signal of ['traces', 'metrics', 'logs'])
    show(`${signal}${how}`, received.get(`/v1/${signal}`) ?? '');
  received.clear();
}

function showFiles(where: string, under: string, names = /./): void {
  const directory = path.join(folder, under);
  const files = readdirSync(directory).filter((name) => names.test(name));
  const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
  const modes = new Set(files.map((name) => modeOf(path.join(directory, name))));
  show(
    where,
    files.map((name) => name + readFileSync(path.join(directory, name), 'utf8')).join('\n'),
    [...modes].join(' '),
  );
}

/** Limits, budgets and records in one Redis: what stands in the names of its keys, and what in their values. */
async function showRedis(url: string, key: string): Promise<void> {
  const redis = new Redis(url);
  const shared = client({
    ...scopes,
    store: redisStore(redis, { key }),
    budgetStore: redisBudgetStore(redis, { key }),
  });
  await callWith(said, () => shared.responses.create(request));
  await telltale(shared).close();
  await (
    await conversation({
      client: openai,
      id: marks.user,
      model: request.model,
      store: redisRecords(redis, { key }),
    })
  ).send(request.input);
  const kinds = { limit: 'Redis: limits', budget: 'Redis: budgets', record: 'Redis: records' };
  const keys = await redis.keys(`*{${key}}*`);
  for (const [kind, where] of Object.entries(kinds)) {
    const texts = await Promise.all(
      keys
        .filter((name) => name.includes(`:${kind}`))
        .map(async (name) => [name, await contentOf(redis, name)]),
    );
    show(where, JSON.stringify(texts));
  }
  if (keys.length > 0) await redis.del(...keys);
  await redis.quit();
}

async function contentOf(redis: Redis, name: string): Promise<unknown> {
  const type = await redis.type(name);
  if (type === 'hash') return await redis.hgetall(name);
  if (type === 'zset') return await redis.zrange(name, 0, '-1');
  return type === 'string' ? await redis.get(name) : type;
}
