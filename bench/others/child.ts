/** Measures one wrapper in a process of its own: many change the openai package for the whole process. */

import { type Measured, measureWrapper, type Order } from './measure-wrapper.ts';
import { forbidNetwork, triedConnections } from './no-network.ts';

export interface ChildAnswer extends Measured {
  /** Where the wrapper wanted to connect to, and could not. */
  readonly tried: readonly string[];
}

forbidNetwork();
const measured = await measureWrapper(JSON.parse(process.argv[2] ?? '') as Order);
const answer: ChildAnswer = { ...measured, tried: triedConnections() };
// Wrappers leave timers; nothing is to be waited for any more.
if (process.send) process.send(answer, () => process.exit(0));
else console.dir(answer, { depth: 4 });
