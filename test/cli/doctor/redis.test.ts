import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { redisCheck } from '../../../src/cli/doctor/checks/redis.ts';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { hasRedis, type RedisServer, startRedis } from '../../admit/redis/redis-server.ts';
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

  test('runs no scripts for this user, or refuses the login', async () => {
    const admin = server.client();
    await admin.call('ACL', 'SETUSER', 'careful', 'on', '>geheim', '~*', '+@all', '-@scripting');
    const careful = `redis://careful:geheim@127.0.0.1:${server.port}`;
    expect(await tell(careful)).toMatch(/^problem: .*runs no scripts for this user \(NOPERM/);
    const wrong = await tell(careful.replace('geheim', 'verraten'));
    expect(wrong).toMatch(/^problem: .*refuses the login \(WRONGPASS/);
    expect(wrong).not.toContain('verraten');
  });
});
