/** Measures the memory of open calls in a process of its own. */

import { measureMemory, type Order } from './measure-memory.ts';

const answer = await measureMemory(JSON.parse(process.argv[2] ?? '') as Order);
if (process.send) process.send(answer, () => process.exit(0));
else console.dir(answer);
