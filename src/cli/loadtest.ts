import { targetCommand } from '../../loadtest/target/command.ts';
import { stopOnSignal } from './stop-on-signal.ts';

export function loadtest(args: readonly string[]): Promise<number> {
  return targetCommand(args, stopOnSignal());
}
