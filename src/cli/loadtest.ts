import path from 'node:path';
import { loadTestCommand } from '../../loadtest/command.ts';
import { targetCommand } from '../../loadtest/target/command.ts';
import { stopOnSignal } from './stop-on-signal.ts';

const outDirectory = path.resolve('telltale-loadtest');

/** On a service of the user's own with `--target`, else on the one that comes along. */
export function loadtest(args: readonly string[]): Promise<number> {
  const signal = stopOnSignal();
  const hasTarget = args.some((arg) => arg === '--target' || arg.startsWith('--target='));
  if (hasTarget) return targetCommand(args, signal);
  return loadTestCommand(args, { command: 'telltale loadtest', outDirectory, signal });
}
