/** Measures one thing of one limiter in a process of its own. */

import { measureLimiter, type Order } from './measure-limiter.ts';

const answer = await measureLimiter(JSON.parse(process.argv[2] ?? '') as Order);
// Calls still wait, and are not waited for.
if (process.send) process.send(answer, () => process.exit(0));
else {
  console.dir(answer);
  process.exit(0);
}
