import path from 'node:path';
import { runInProcess } from '../run-in-process.ts';
import type { Figures, Measure } from './measure-limiter.ts';

/** Some ten times what any of it takes where it comes to an end. */
const limitMs = 60_000;

/** Rejects with the reason where it does not come to an end. */
export function runChild<Of extends Measure>(subject: string, measure: Of): Promise<Figures[Of]> {
  const file = path.join(import.meta.dirname, 'child.ts');
  return runInProcess(file, { subject, measure }, { limitMs, execArgv: ['--expose-gc'] });
}
