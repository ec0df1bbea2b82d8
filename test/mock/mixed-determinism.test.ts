import OpenAI from 'openai';
import { expect, test } from 'vitest';
import type { Fault } from '../../src/mock/index.ts';
import { createFakeClock } from './fake-clock.ts';
import { always, hello, mockForTest, named } from './support.ts';

const faults: Fault[] = [
  { status: 503, rate: 0.15 },
  { kind: 'cut', rate: 0.15 },
  { kind: 'duplicate', rate: 0.15 },
  { kind: 'drip', rate: 0.15, gapMs: 7 },
  { kind: 'drip-body', rate: 0.15, gapMs: 1 },
];
const weather = { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] };
const chat = { model: 'gpt-4o', messages: hello };
const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: weather } }];

/** Background responses, batches, tools, limits and faults, one request at a time on a clock that only this moves. */
async function ledgerOf(seed: number): Promise<string> {
  const clock = createFakeClock();
  const limits = [{ requests: 20, per: 'minute' as const }];
  const mock = await mockForTest({ clock, seed, limits, schedule: always(...faults) });
  const openai = new OpenAI({ baseURL: mock.url, apiKey: 'any', maxRetries: 0 });
  /** Moves on whenever nothing but the clock is waited for, by as much as the next task wants. */
  async function ended(request: Promise<unknown>): Promise<void> {
    let isOver = false;
    const arrived = mock.state().requests;
    const over = request
      .catch(() => {})
      .then(() => {
        isOver = true;
      });
    await expect.poll(() => mock.state().requests, { interval: 1 }).toBe(arrived + 1);
    while (!isOver || mock.state().running > 0) {
      const entry = mock.ledger().at(-1);
      const dueMs = clock.nextDueMs();
      if (entry?.end === 'pending' && dueMs !== undefined) clock.advance(Math.max(0, dueMs - clock.nowMs()));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await over;
  }
  const line = { custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: chat };
  const input = await OpenAI.toFile(Buffer.from(JSON.stringify(line)), 'in.jsonl');
  let fileId = 'none';
  await ended(
    openai.files.create({ purpose: 'batch', file: input }, named('file')).then(({ id }) => (fileId = id)),
  );
  const batch = {
    input_file_id: fileId,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
  } as const;
  await ended(openai.batches.create(batch, named('batch')));
  for (let call = 0; call < 16; call++) {
    const job = { model: 'gpt-5', input: 'Hello', background: true };
    await ended(openai.responses.create(job, named(`job ${call}`)));
    const asked = { ...chat, tools, stream: true as const };
    await ended(
      openai.chat.completions.create(asked, named(`tool ${call}`)).then(async (stream) => {
        for await (const _ of stream);
      }),
    );
  }
  clock.advance(600_000);
  await mock.settled();
  return JSON.stringify(mock.ledger());
}

test('everything at once gives the same ledger under the same seed, byte for byte', async () => {
  const first = await ledgerOf(3);
  expect(await ledgerOf(3)).toBe(first);
  expect(await ledgerOf(4)).not.toBe(first);
  for (const part of ['"job":', '"batch":', '"status":503', '"refused"', '"end":"cut"'])
    expect(first).toContain(part);
}, 60_000);
