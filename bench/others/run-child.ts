import path from 'node:path';
import { runInProcess } from '../run-in-process.ts';
import type { ChildAnswer } from './child.ts';
import type { Order } from './measure-wrapper.ts';

const limitMs = 15 * 60_000;

/** Measures one wrapper in a process of its own. Rejects with the reason where that does not come to an end. */
export function runChild(order: Order): Promise<ChildAnswer> {
  return runInProcess(path.join(import.meta.dirname, 'child.ts'), order, { limitMs });
}
