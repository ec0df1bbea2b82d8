import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Mock } from '../../src/mock/index.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { clients, mockForTest } from './support.ts';

const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;

interface Received {
  readonly headers: Headers;
  readonly body: string;
}

async function receiver() {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (piece) => {
      body += piece;
    });
    incoming.on('end', () => {
      received.push({ headers: headersOf(incoming.headers), body });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

function headersOf(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** Moves on to whatever is due next, and lets each event that goes out arrive before the time for it is over. */
async function toTheEnd(mock: Mock, clock: FakeClock) {
  while (clock.waiting() > 0) {
    clock.advance((clock.nextDueMs() ?? 0) - clock.nowMs());
    const pending = () => mock.webhooks().filter(({ outcome }) => outcome === 'pending').length;
    await expect.poll(pending, { timeout: 10_000, interval: 5 }).toBe(0);
  }
}

/** A batch of one line; one whose line is no JSON fails. */
async function batchOf(openai: OpenAI, line = goodLine): Promise<string> {
  const file = await openai.files.create({
    purpose: 'batch',
    file: await OpenAI.toFile(Buffer.from(line), 'in.jsonl'),
  });
  const { id } = await openai.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  });
  return id;
}

const goodLine = JSON.stringify({
  custom_id: 'a',
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] },
});

async function jobOf(openai: OpenAI): Promise<string> {
  return (await openai.fineTuning.jobs.create({ model: 'gpt-4o-mini', training_file: 'file-1' })).id;
}

async function evalRunOf(openai: OpenAI): Promise<[evaluation: string, run: string]> {
  const { id } = await openai.evals.create({
    data_source_config: { type: 'custom', item_schema: {} },
    testing_criteria: [],
  });
  const run = await openai.evals.runs.create(id, {
    data_source: { type: 'jsonl', source: { type: 'file_content', content: [] } },
  });
  return [id, run.id];
}

describe.each(clients)('openai $version unwraps what tells', ({ Client }) => {
  async function setUp(options = {}) {
    // The client believes nothing that is older than five minutes.
    const clock = { ...createFakeClock(), epochMs: () => Date.now() };
    const { url, received } = await receiver();
    const mock = await mockForTest({ clock, webhooks: { url, secret }, ...options });
    const openai = new Client({ baseURL: mock.url, apiKey: 'any', webhookSecret: secret, maxRetries: 0 });
    /** What the receiver believes, once nothing more happens. */
    async function told(): Promise<Record<string, string[]>> {
      await toTheEnd(mock, clock);
      const events = await Promise.all(
        received.map(({ headers, body }) => openai.webhooks.unwrap(body, headers)),
      );
      const byType: Record<string, string[]> = {};
      for (const { type, data } of events) {
        byType[type] = [...(byType[type] ?? []), (data as { id: string }).id];
      }
      return byType;
    }
    return { openai, told };
  }

  test('the end of what came to its end by itself', async () => {
    const { openai, told } = await setUp();
    const good = await batchOf(openai);
    const bad = await batchOf(openai, 'no JSON');
    const job = await jobOf(openai);
    const [, run] = await evalRunOf(openai);
    const isOld = !('videos' in openai);
    const video = isOld ? undefined : (await openai.videos.create({ prompt: 'a cat' })).id;
    expect(await told()).toEqual({
      'batch.completed': [good],
      'batch.failed': [bad],
      'fine_tuning.job.succeeded': [job],
      'eval.run.succeeded': [run],
      ...(video === undefined ? {} : { 'video.completed': [video] }),
    });
  });

  test('a cancel of each, once', async () => {
    const { openai, told } = await setUp();
    const batch = await batchOf(openai);
    const job = await jobOf(openai);
    const [evaluation, run] = await evalRunOf(openai);
    await openai.batches.cancel(batch);
    await openai.fineTuning.jobs.cancel(job);
    await openai.evals.runs.cancel(run, { eval_id: evaluation });
    expect(await told()).toEqual({
      'batch.cancelled': [batch],
      'fine_tuning.job.cancelled': [job],
      'eval.run.canceled': [run],
    });
  });

  test('a batch that had no time', async () => {
    const { openai, told } = await setUp({ batches: { windowMs: 500 } });
    const batch = await batchOf(openai);
    expect(await told()).toEqual({ 'batch.expired': [batch] });
  });
});

test('only the events that are asked for are sent, and none of a start that is over', async () => {
  const clock = createFakeClock();
  const { url, received } = await receiver();
  const webhooks = { url, secret, events: ['batch.failed'] as const };
  const mock = await mockForTest({ clock, webhooks });
  const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any' });
  await batchOf(openai, 'no JSON');
  await jobOf(openai);
  mock.start();
  await toTheEnd(mock, clock);
  const failed = await batchOf(openai, 'no JSON');
  await jobOf(openai);
  await toTheEnd(mock, clock);
  expect(received).toHaveLength(1);
  expect(mock.webhooks().map(({ objectId }) => objectId)).toEqual([failed]);
});
