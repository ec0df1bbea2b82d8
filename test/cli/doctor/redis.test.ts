import { Cluster } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { budgetScript } from '../../../src/account/budget/redis/budget-script.ts';
import { redisBudgetStore } from '../../../src/account/budget/redis/redis-budget-store.ts';
import { createLimiter } from '../../../src/admit/limiter.ts';
import { admitScript } from '../../../src/admit/redis/admit-script.ts';
import { redisStore } from '../../../src/admit/redis/redis-store.ts';
import { redisCheck } from '../../../src/cli/doctor/checks/redis.ts';
import { redisCommands } from '../../../src/cli/doctor/checks/redis-probe.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { holdScript, listScript, recordScript } from '../../../src/patterns/store/redis/record-scripts.ts';
import { redisRecords } from '../../../src/patterns/store/redis/redis-records.ts';
import { hasRedis, type RedisServer, startRedis, until } from '../../admit/redis/redis-server.ts';
import { closedPort, serveTcp } from './servers.ts';
import { contextIn, told } from './support.ts';

function tell(redisUrl: string | undefined, changes = {}): Promise<string> {
  return told(redisCheck, contextIn('.', { redisUrl, ...changes }));
}

describe('a Redis', () => {
  test.each([
    [undefined, 'skipped: REDIS_URL is not set'],
    ['localhost:6379', 'problem: The Redis is not named by an address.'],
    ['http://localhost', 'problem: The Redis is not named by an address.'],
    ['unix://', 'problem: The Redis is not named by an address.'],
    // The client takes a socket by its path.
    ['/nowhere/redis.sock', 'problem: The Redis at /nowhere/redis.sock does not answer (ENOENT).'],
    ['unix:///nowhere/redis.sock', 'problem: The Redis at /nowhere/redis.sock does not answer (ENOENT).'],
  ])('named %s', async (url, expected) => {
    expect(await tell(url)).toContain(expected);
  });

  test('is not asked offline', async () => {
    const said = await tell('redis://:geheim@127.0.0.1:1', { offline: true });
    expect(said).toBe('skipped: 127.0.0.1:1: not asked (--offline)');
  });

  test('does not listen', async () => {
    const url = (await closedPort()).replace('http://', 'redis://me:geheim@');
    const said = await tell(url);
    expect(said).toMatch(/^problem: The Redis at 127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)/);
    expect(said).not.toContain('geheim');
  });

  test('says nothing, or is none', async () => {
    const impatient: Clock = {
      ...systemClock,
      schedule: (task, _, kind) => systemClock.schedule(task, 300, kind),
    };
    const silent = (await serveTcp(() => {})).replace('http', 'redis');
    expect(await tell(silent, { clock: impatient })).toContain('does not answer (');
    const web = (await serveTcp((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))).replace(
      'http',
      'redis',
    );
    expect(await tell(web)).toContain('problem: The Redis at');
  });

  /** Answers each command with what is given for it, and others with OK. */
  async function answering(answers: Readonly<Record<string, string>>): Promise<string> {
    const url = await serveTcp((socket) => {
      socket.on('data', (data) => {
        for (const [, command = ''] of String(data).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
          socket.write(`${answers[command.toLowerCase()] ?? '+OK'}\r\n`);
      });
    });
    return url.replace('http', 'redis');
  }

  test('does not know INFO, as a proxy may not', async () => {
    const url = await answering({
      info: "-ERR unknown command 'info'",
      evalsha: '-NOSCRIPT none',
      eval: '*0',
    });
    expect(await tell(url)).toMatch(/^ok: .* answers, version unknown /);
  });

  test.each([
    '-LOADING Redis is loading the dataset in memory',
    '-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
    '-ERR max number of clients reached',
  ])('is there and serves nobody: %s', async (said) => {
    expect(await tell(await answering({ info: said }))).toMatch(
      /^problem: The Redis at .* is there, but serves nobody now \(.* -> Wait until/,
    );
  });
});

describe.skipIf(!hasRedis)('with a redis-server', () => {
  let server: RedisServer;
  let url: string;
  beforeAll(async () => {
    server = await startRedis();
    url = `redis://127.0.0.1:${server.port}`;
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    await server.client().config('SET', 'maxmemory-policy', 'noeviction');
  });

  test('answers, keeps what it holds and runs scripts; nothing is left in it', async () => {
    expect(await tell(url)).toMatch(/^ok: 127\.0\.0\.1:\d+ answers, version \d+\.\d+/);
    expect(await server.client().dbsize()).toBe(0);
  });

  test('drops what it holds', async () => {
    await server.client().config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await tell(url)).toMatch(
      /^warning: .*maxmemory-policy allkeys-lru.* -> Set it there: CONFIG SET maxmemory-policy noeviction\.$/,
    );
  });

  test('is full', async () => {
    const admin = server.client();
    await admin.config('SET', 'maxmemory', '1');
    onTestFinished(async () => {
      await admin.config('SET', 'maxmemory', '0');
    });
    expect(await tell(url)).toMatch(
      /^problem: .* is full \(maxmemory, 1 bytes\), and takes no writes \(OOM\)/,
    );
  });

  /** The address of a user with these rules. */
  async function userWith(...rules: readonly string[]): Promise<string> {
    await server.client().call('ACL', 'SETUSER', 'careful', 'reset', 'on', '>geheim', ...rules);
    return `redis://careful:geheim@127.0.0.1:${server.port}`;
  }

  test.each([
    [['~*', '+@all', '-@scripting'], 'may not run EVALSHA (NOPERM). -> Allow all'],
    [['~*', '+@all', '-eval'], 'may not run EVAL (NOPERM). -> Allow all'],
    [['~*', '+@all', '-hset', '-zadd'], 'may not run HSET, ZADD (NOPERM). -> Allow all'],
    [['~*', '+@all', '-del'], 'may not run DEL (NOPERM). -> Allow all'],
  ])('does not let this user run what the scripts need: %j', async (rules, expected) => {
    const said = await tell(await userWith(...rules));
    expect(said).toMatch(/^problem: The user of the Redis at 127\.0\.0\.1:\d+ may not run /);
    expect(said).toContain(expected);
    expect(said.split('\n')).toHaveLength(1);
    expect(await server.client().dbsize()).toBe(0);
  });

  test('each command that the scripts call is tried', async () => {
    for (const command of redisCommands)
      expect(await tell(await userWith('~*', '+@all', `-${command.toLowerCase()}`))).toContain(
        `may not run ${command} (NOPERM)`,
      );
  });

  test('a user who may do what it says, and no more, is enough', async () => {
    const said = await tell(await userWith('~*', '-@all'));
    expect(said).toContain('(NOPERM)');
    const allowed = redisCommands.map((command) => `+${command.toLowerCase()}`);
    const url = await userWith('~telltale:{doctor}:*', '+ping', ...allowed);
    expect(await tell(url)).toMatch(/^ok: .* answers, version unknown \(this user may not run INFO\)$/);
  });

  test('lets this user have other keys only', async () => {
    const said = await tell(await userWith('~other:*', '+@all'));
    expect(said).toMatch(
      /^warning: .*may not use telltale:\{doctor\}:limit:a.* -> Allow the keys of your own/,
    );
  });

  test('wants a password, or another one', async () => {
    const wrong = await tell((await userWith('~*', '+@all')).replace('geheim', 'verraten'));
    expect(wrong).toMatch(/^problem: .*does not know the name and password of its address \(WRONGPASS\)/);
    expect(wrong).not.toContain('verraten');
    const admin = server.client();
    await admin.config('SET', 'requirepass', 'geheim');
    expect(await tell(url)).toMatch(/^problem: .*wants a password, and its address has none \(NOAUTH\)/);
    await admin.config('SET', 'requirepass', '');
  });

  test('is a replica', async () => {
    const admin = server.client();
    await admin.replicaof('127.0.0.1', '1');
    expect(await tell(url)).toMatch(/^problem: .*is a replica, which takes no writes \(READONLY\)/);
    await admin.replicaof('NO', 'ONE');
  });
});

test('what a user has to be allowed is what the scripts call', () => {
  const scripts = [admitScript, budgetScript, recordScript, listScript, holdScript].join('\n');
  const called = [...scripts.matchAll(/\bcall\('([A-Z]+)'/g)].map(([, command]) => command);
  expect([...redisCommands].sort()).toEqual([...new Set([...called, 'EVAL', 'EVALSHA'])].sort());
});

describe.skipIf(!hasRedis)('a node of a Redis Cluster', () => {
  let node: RedisServer;
  let cluster: Cluster;
  beforeAll(async () => {
    node = await startRedis(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
  });
  afterAll(async () => {
    cluster?.disconnect();
    await node.stop();
  });
  const address = (): string => `redis://127.0.0.1:${node.port}`;

  test('is told to be one; what it lacks, and where keys are another’s, are told apart', async () => {
    const cluster = /^warning: The Redis at .* is a node of a Redis Cluster: .*new Cluster\(/;
    const [of, down] = (await tell(address())).split('\n');
    expect(of).toMatch(cluster);
    expect(down).toMatch(/^problem: The Redis Cluster of 127\.0\.0\.1:\d+ is down \(CLUSTERDOWN /);
    const admin = node.client();
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await until('the cluster', async () => String(await admin.call('CLUSTER', 'INFO')).includes('state:ok'));
    const said = await tell(address());
    expect(said).toMatch(cluster);
    expect(said.split('\n')).toHaveLength(1);
  });

  test('holds limits, budgets and records through a client of the cluster', async () => {
    cluster = new Cluster([{ host: '127.0.0.1', port: node.port }]);
    const store = redisStore(cluster, { key: 'acme', whenDown: 'closed' });
    const limiter = createLimiter({ limits: [{ requests: 2, per: 'minute', scope: 'user' }], store });
    await limiter.acquire({ user: 'u-42' });
    expect(limiter.stats().store).toMatchObject({ state: 'up', liveInstances: 1 });
    await limiter.close();
    const budgets = redisBudgetStore(cluster, { key: 'acme', whenDown: 'closed' });
    const account = { budget: 'usd/day per user', owner: 'u-42' };
    const money = { limitPico: 9n, reservePico: 5n, isHard: true, thresholds: [] };
    await budgets.reserve([{ account, per: 'day', ...money }]);
    expect(budgets.isDown()).toBe(false);
    expect(budgets.figures()).toMatchObject([{ account, reservedPico: 5n }]);
    await budgets.close?.();
    const records = redisRecords(cluster, { key: 'acme' });
    await records.write('a', { whole: true });
    expect(await records.list()).toMatchObject([{ id: 'a' }]);
  });
});

test.each([
  ['MOVED 3999 127.0.0.1:6381', /^warning: .*node of a Redis Cluster/],
  ["CROSSSLOT Keys in request don't hash to the same slot", /^problem: .*one hash tag.* go by hash tags\.$/],
  ['MISCONF Errors writing to the AOF file', /^problem: .*does not run the scripts .*EVALSHA: MISCONF/],
])('a script that is answered with %s', async (said, expected) => {
  const url = await serveTcp((socket) => {
    socket.on('data', (chunk: Buffer) => {
      for (const [, word = ''] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
        const isScript = word.toLowerCase() === 'evalsha';
        socket.write(isScript ? `-${said}\r\n` : '$20\r\nredis_version:7.0.15\r\n');
      }
    });
  });
  expect(await tell(url.replace('http', 'redis'))).toMatch(expected);
});
