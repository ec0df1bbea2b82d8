import type { Redis } from 'ioredis';

/** What the scripts of limits, budgets and records call, and how they are called. */
export const redisCommands: readonly string[] = [
  'EVAL',
  'EVALSHA',
  'DEL',
  'GET',
  'HDEL',
  'HGET',
  'HGETALL',
  'HINCRBY',
  'HMGET',
  'HSET',
  'PEXPIRE',
  'PTTL',
  'SET',
  'TIME',
  'TYPE',
  'ZADD',
  'ZCARD',
  'ZRANGEBYSCORE',
  'ZREM',
  'ZREMRANGEBYSCORE',
  'ZREVRANGE',
];

/**
 * Calls each of the commands on keys of its own and says which were refused, with what. It deletes first: where it may not, it
 * writes nothing, so that nothing is ever left.
 */
const probeScript = `
local refused = {}
local hash, other = KEYS[1], KEYS[2]
local function try(...)
  local answer = redis.pcall(...)
  local isRefused = type(answer) == 'table' and answer.err
  if isRefused then
    refused[#refused + 1] = select(1, ...)
    refused[#refused + 1] = answer.err
  end
  return not isRefused
end
try('TIME')
try('TYPE', hash)
try('PTTL', hash)
try('GET', other)
try('HGET', hash, 'f')
try('HMGET', hash, 'f')
try('HGETALL', hash)
try('ZCARD', other)
try('ZRANGEBYSCORE', other, '-inf', 0, 'LIMIT', 0, 1)
try('ZREVRANGE', other, 0, 0)
if try('DEL', hash, other) then
  try('HSET', hash, 'f', 1)
  try('HINCRBY', hash, 'f', 1)
  try('PEXPIRE', hash, 1000)
  try('HDEL', hash, 'f')
  try('ZADD', other, 1, 'f')
  try('ZREM', other, 'f')
  try('ZREMRANGEBYSCORE', other, '-inf', 0)
  redis.call('DEL', hash, other)
  try('SET', other, 'f', 'PX', 1000)
  redis.call('DEL', hash, other)
end
return refused
`;

/** The keys have one hash tag, as those of limits and budgets have. */
export const probeKeys: readonly [string, string] = [
  'telltale:{doctor}:limit:a',
  'telltale:{doctor}:limit:b',
];

/** What was refused of a command, in the server's words. */
export interface Refused {
  readonly command: string;
  readonly said: string;
}

/** Whether scripts run there, for the keys and with the commands that shared limits, budgets and records need. */
export async function refusedOf(client: Redis): Promise<readonly Refused[]> {
  const said = (error: unknown): string => (error instanceof Error ? error.message : 'refused');
  try {
    // Of no script: that it is not known is the right answer.
    await client.evalsha('0'.repeat(40), 2, ...probeKeys);
  } catch (error) {
    if (!said(error).startsWith('NOSCRIPT')) return [{ command: 'EVALSHA', said: said(error) }];
  }
  let answer: unknown;
  try {
    answer = await client.eval(probeScript, 2, ...probeKeys);
  } catch (error) {
    return [{ command: 'EVAL', said: said(error) }];
  }
  if (!Array.isArray(answer)) return [{ command: 'EVAL', said: 'another answer than asked for' }];
  const texts = answer.map(String);
  return texts.flatMap((command, at) => (at % 2 === 0 ? [{ command, said: texts[at + 1] ?? '' }] : []));
}
