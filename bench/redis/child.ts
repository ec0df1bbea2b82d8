/** Measures one thing of one limiter over Redis in a process of its own. */

import { measureRedis, type RedisOrder } from './measure-redis.ts';

const answer = await measureRedis(JSON.parse(process.argv[2] ?? '') as RedisOrder);
// Calls still wait and connections are open: neither is waited for.
if (process.send) process.send(answer, () => process.exit(0));
else {
  console.dir(answer);
  process.exit(0);
}
