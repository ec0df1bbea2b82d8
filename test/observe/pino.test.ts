import { Writable } from 'node:stream';
import OpenAI from 'openai';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { observe } from '../../src/index.ts';
import { type Mock, startMock } from '../../src/mock/index.ts';

let mock: Mock;
beforeEach(async () => {
  mock = await startMock({ seed: 1, latency: { firstTokenMs: 0, betweenTokensMs: 0 } });
});
afterEach(() => mock.close());

/** What pino writes while `work` runs, and what stands in it. */
async function writtenBy(level: string, work: (openai: OpenAI) => Promise<unknown>) {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = pino({ level }, destination).child({ service: 'shop' });
  await work(observe(new OpenAI({ apiKey: 'k', baseURL: mock.url, maxRetries: 0 }), { log }));
  return lines;
}

it('pino writes one line of JSON, with each name in it once', async () => {
  const [line = '', ...others] = await writtenBy('info', (openai) =>
    openai.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'Hello?' }] }),
  );
  expect(others).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({
    level: 30,
    service: 'shop',
    outcome: 'ok',
    model: 'gpt-5-mini',
    msg: 'chat gpt-5-mini: ok',
  });
  const names = [...line.matchAll(/[{,]"(\w+)":/g)].map(([, name]) => name);
  expect(names).toContain('costUsd');
  expect(names).toEqual([...new Set(names)]);
});

it('its level decides what is written, as for any other line', async () => {
  const lines = await writtenBy('error', async (openai) => {
    await openai.models.list();
    await openai.models.retrieve('no-such-model').catch(() => {});
  });
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 50, errorType: 'not_found' }]);
});
