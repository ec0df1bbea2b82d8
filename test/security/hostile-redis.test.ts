import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Redis } from 'ioredis';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { budgetScriptVersion } from '../../src/account/budget/redis/budget-script.ts';
import { createLimiter } from '../../src/admit/limiter.ts';
import { scriptVersion } from '../../src/admit/redis/admit-script.ts';
import { redisStore } from '../../src/admit/redis/redis-store.ts';
import { observe, redisBudgetStore } from '../../src/index.ts';
import { redisRecords } from '../../src/patterns/index.ts';
import { hasRedis, startRedis } from '../admit/redis/redis-server.ts';
import { answers, startSteps } from '../wrap/steps-server.ts';
import { inspected, startRaw } from './support.ts';

/*
 * A Redis that answers rubbish, whether it means ill, is a proxy of somebody's, or holds what others wrote. Nothing waits for
 * longer than `timeoutMs` says, nothing goes that `whenDown: 'closed'` holds, and the process lives on.
 */

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  vi.spyOn(process, 'emitWarning').mockImplementation(((message: string) => {
    warnings.push(message);
  }) as never);
});
afterEach(() => {
  vi.restoreAllMocks();
});

type Answer = string | 'silence' | 'close';

/** Answers every script with the same, and whatever else a client asks with what it wants to hear. */
async function startRubbish(answer: Answer): Promise<Redis> {
  const port = await startRaw((socket: Socket) => {
    socket.on('data', (piece) => {
      for (const [, command = ''] of piece.toString('latin1').matchAll(/\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)) {
        if (!/^eval/i.test(command)) socket.write('+OK\r\n');
        else if (answer === 'close') socket.destroy();
        else if (answer !== 'silence') socket.write(answer);
      }
    });
  });
  const client = new Redis({
    port,
    host: '127.0.0.1',
    enableReadyCheck: false,
    retryStrategy: () => 50,
    maxRetriesPerRequest: 1,
  });
  client.on('error', () => {});
  onTestFinished(() => client.disconnect());
  await once(client, 'ready');
  return client;
}

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const list = (...items: readonly string[]): string => `*${items.length}\r\n${items.join('')}`;
const version = bulk(`telltale ${scriptVersion}`);
const budgetVersion = bulk(`telltale ${budgetScriptVersion}`);

const rubbish: Readonly<Record<string, Answer>> = {
  NOAUTH: '-NOAUTH Authentication required.\r\n',
  READONLY: "-READONLY You can't write against a read only replica.\r\n",
  OOM: "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
  WRONGTYPE: '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n',
  LOADING: '-LOADING Redis is loading the dataset in memory\r\n',
  BUSY: '-BUSY Redis is busy running a script.\r\n',
  'NOSCRIPT for ever': '-NOSCRIPT No matching script.\r\n',
  'a text': '+OK\r\n',
  'a number': ':1\r\n',
  'a number below 0': ':-1\r\n',
  'a number beyond all': ':99999999999999999999999999999999\r\n',
  null: '$-1\r\n',
  'an empty list': '*0\r\n',
  'no list': '*-1\r\n',
  'a list of nulls': list('$-1\r\n', '$-1\r\n', '$-1\r\n', '$-1\r\n', '$-1\r\n'),
  'the version alone': list(version),
  'the version and rubbish': list(
    version,
    bulk('NaN'),
    bulk(''),
    ':-5\r\n',
    '*0\r\n',
    '*0\r\n',
    '*0\r\n',
    '*0\r\n',
  ),
  'infinite figures': list(
    version,
    bulk('Infinity'),
    bulk('e'),
    ':1\r\n',
    list(':-1\r\n'),
    list(list(bulk('1e999'), ':0\r\n')),
    '*0\r\n',
    '*0\r\n',
  ),
  'a version to come': list(bulk('telltale 999'), bulk('1'), bulk('e'), ':1\r\n', list(':-1\r\n')),
  'a budget without accounts': list(budgetVersion, bulk('1'), bulk('reserved'), '*0\r\n', '*0\r\n'),
  'a budget of no numbers': list(
    budgetVersion,
    bulk('x'),
    bulk('reserved'),
    '*0\r\n',
    list(list(bulk('1'), bulk('x'))),
  ),
  'a budget of another time': list(budgetVersion, bulk('-1e308'), bulk('reserved'), '*0\r\n', '*0\r\n'),
  'ten megabytes': bulk('x'.repeat(10_000_000)),
  'a very deep list': `${'*1\r\n'.repeat(5_000)}:1\r\n`,
  'another protocol': 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  'bytes of no protocol': '\u0000\u00ff\u001b[2J\r\n\r\n',
  'half an answer, then nothing': '*8\r\n$10\r\ntellt',
  silence: 'silence',
  'an end of the connection': 'close',
};
const cases = Object.entries(rubbish);

/** Long enough for a busy machine; what waits for ever is found by it. */
async function soon<T>(work: Promise<T>): Promise<T | 'never'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'never'>((resolve) => {
    timer = setTimeout(() => resolve('never'), 15_000);
  });
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

describe('a Redis that answers rubbish', () => {
  it('lets no call go that limits hold with whenDown: closed, and holds none for ever', async () => {
    const found = await Promise.all(
      cases.map(async ([name, answer]) => {
        const store = redisStore(await startRubbish(answer), {
          key: 'k',
          whenDown: 'closed',
          timeoutMs: 1_000,
          lease: false,
        });
        const limiter = createLimiter({ limits: [{ requests: 10, per: 'minute' }], store });
        const became = await soon(limiter.acquire().then(() => 'went', codeOf));
        await limiter.close();
        return [name, became];
      }),
    );
    expect(found.filter(([, became]) => became !== 'store_unavailable')).toEqual([]);
  });

  it('lets no call go that a budget holds with whenDown: closed, and holds none for ever', async () => {
    const { url, requests } = await startSteps([answers]);
    const found = await Promise.all(
      cases.map(async ([name, answer]) => {
        const budgetStore = redisBudgetStore(await startRubbish(answer), {
          key: 'k',
          whenDown: 'closed',
          timeoutMs: 1_000,
        });
        const openai = observe(new OpenAI({ apiKey: 'any', baseURL: url, maxRetries: 0 }), {
          budget: { usd: 1, per: 'day' },
          budgetStore,
        });
        const asked = openai.chat.completions.create({
          model: 'gpt-5-mini',
          messages: [{ role: 'user', content: 'Hi' }],
          max_completion_tokens: 9,
        });
        return [name, await soon(asked.then(() => 'went', codeOf))];
      }),
    );
    expect(found.filter(([, became]) => became !== 'store_unavailable')).toEqual([]);
    expect(requests).toHaveLength(0);
  });

  it('is no store of records, and says so in time', async () => {
    const found = await Promise.all(
      cases.map(async ([name, answer]) => {
        const records = redisRecords(await startRubbish(answer), { key: 'k', timeoutMs: 1_000 });
        const work = {
          read: records.read('a'),
          write: records.write('a', { text: 'x' }),
          list: records.list(),
          hold: records.hold('a', { waitMs: 50 }),
        };
        const became = Object.entries(work).map(async ([what, promise]) => {
          const code = await soon(
            Promise.resolve(promise as Promise<unknown>).then(
              (value) => `gave ${JSON.stringify(value)}`,
              codeOf,
            ),
          );
          return [name, what, code];
        });
        return await Promise.all(became);
      }),
    );
    const fine = ['store_unavailable', 'record_damaged', 'record_newer', 'record_locked'];
    // Nobody can tell these from the truth.
    const wellFormed = ['an empty list list gave []', 'a number hold gave {}'];
    const became = found.flat().filter(([, , code]) => !fine.includes(code as string));
    expect(became.map((all) => all.join(' ')).sort()).toEqual(wellFormed.toSorted());
  });
});

describe('what a Redis says in an error', () => {
  const evil = '-ERR \u001b[31mAll is well sk-proj-Abcdefghijklmnop0123 \u009b2J \u202e\r\n';

  it('is a warning of one line, without escapes and keys', async () => {
    const client = await startRubbish(evil);
    const limiter = createLimiter({
      limits: [{ requests: 10, per: 'minute' }],
      store: redisStore(client, { key: 'k', whenDown: 'closed', timeoutMs: 10_000, lease: false }),
    });
    await limiter.acquire().catch(() => {});
    await limiter.close();
    const openai = observe(new OpenAI({ apiKey: 'any', baseURL: 'http://127.0.0.1:1', maxRetries: 0 }), {
      budget: { usd: 1, per: 'day' },
      budgetStore: redisBudgetStore(client, { key: 'k', whenDown: 'closed', timeoutMs: 10_000 }),
    });
    await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'a' }).catch(() => {});
    const message = await redisRecords(client, { key: 'k', timeoutMs: 10_000 })
      .read('a')
      .catch((error: Error) => error.message);
    const all = [...warnings, String(message)];
    expect(all).toHaveLength(3);
    for (const one of all) expect(one).not.toMatch(/[\p{Cc}\u202a-\u202e]|Abcdefghijklmnop/u);
  });

  it('does not bring what was written into what a crash prints', async () => {
    const client = await startRubbish('-OOM command not allowed\r\n');
    const error: unknown = await redisRecords(client, { key: 'k', timeoutMs: 10_000 })
      .write('a', { said: 'Canary0conversation' })
      .catch((thrown: unknown) => thrown);
    expect(codeOf(error)).toBe('store_unavailable');
    expect(inspected(error)).not.toContain('Canary0conversation');
  });
});

describe.skipIf(!hasRedis)('a real Redis in which others have written', () => {
  it('is refused or overwritten, key by key, and never takes a call or a process with it', async () => {
    const server = await startRedis();
    try {
      const client = server.client();
      const newLimiter = () =>
        createLimiter({
          limits: [{ requests: 10, per: 'minute' }],
          store: redisStore(server.client(), { key: 'k', whenDown: 'closed', timeoutMs: 500, lease: false }),
        });
      const first = newLimiter();
      await first.acquire();
      await first.close();
      const records = redisRecords(server.client(), { key: 'k', timeoutMs: 500 });
      await records.write('a', 1);
      const keys = await client.keys('*');
      expect(keys.length).toBeGreaterThan(2);
      const writers = [
        (key: string) => client.set(key, 'rubbish'),
        (key: string) => client.set(key, '9'.repeat(100_000)),
        (key: string) => client.lpush(key, 'a', 'b'),
        (key: string) => client.sadd(key, 'a'),
        (key: string) => client.hset(key, 'n', 'NaN', 'v', '-1', 'epoch', '', 'value', '{'),
        (key: string) => client.zadd(key, 1e308, 'a', -1e308, '__proto__'),
      ];
      for (const write of writers) {
        for (const key of keys) {
          await client.del(key);
          await write(key);
        }
        const limiter = newLimiter();
        const became = await soon(limiter.acquire().then(() => 'went', codeOf));
        expect(['went', 'store_unavailable']).toContain(became);
        await limiter.close();
        const code = await soon(records.read('a').then(() => 'read', codeOf));
        expect(['store_unavailable', 'record_damaged', 'record_newer', 'read']).toContain(code);
        const listed = await soon(records.list().then(() => 'read', codeOf));
        expect(['store_unavailable', 'record_damaged', 'read']).toContain(listed);
      }
      await client.script('FLUSH');
      await client.flushall();
      const last = newLimiter();
      expect(await soon(last.acquire().then(() => 'went', codeOf))).toBe('went');
      await last.close();
    } finally {
      await server.stop();
    }
  });
});
