import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { fileRecords, memoryRecords, redisRecords } from '../../../src/patterns/index.ts';
import { hasRedis, type RedisServer, startRedis } from '../../admit/redis/redis-server.ts';
import { describeStore } from './contract.ts';

const root = mkdtempSync(path.join(tmpdir(), 'telltale-records-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describeStore('memoryRecords', () => {
  const store = memoryRecords();
  return { open: () => store };
});

describeStore('fileRecords', () => {
  const directory = path.join(mkdtempSync(path.join(root, 'x')), 'made', 'when needed');
  return { open: () => fileRecords(directory) };
});

describe.skipIf(!hasRedis)('with a redis-server', () => {
  let server: RedisServer;
  let places = 0;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  describeStore('redisRecords', () => {
    const key = `place ${places++}`;
    return { open: () => redisRecords(server.client(), { key }) };
  });
});
