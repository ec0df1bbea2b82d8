/** `npm run loadtest`: reads the command line, runs, prints, and says green or red with its exit code. */
import path from 'node:path';
import { stopOnSignal } from '../src/cli/stop-on-signal.ts';
import { told } from '../src/cli/told.ts';
import { loadTestCommand } from './command.ts';

try {
  process.exitCode = await loadTestCommand(process.argv.slice(2), {
    command: 'npm run loadtest --',
    outDirectory: path.join(import.meta.dirname, 'out'),
    signal: stopOnSignal(),
  });
} catch (error) {
  const sentence = told(error);
  if (!sentence) throw error;
  process.stderr.write(`${sentence.message}\n`);
  process.exitCode = sentence.exitCode;
}
